import { equalBytes } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { verifySignature } from '../../../codecs/minisign/index.js';
import type { ObjectDigests } from '../processing/processor.js';
import { checkStored } from './check-stored.js';
import type { AnnouncedEdition } from './edition.js';
import { handOut, type Refusal, refuseObject } from './finish-reception.js';
import { openSink } from './rebuild-blocks.js';
import { isReceiving, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Verifies an object of which all blocks are rebuilt. When forgeries are found its blocks are to be rebuilt once more. */
export async function verifyReception(context: ReceptionContext, reception: Reception): Promise<void> {
  const { crypto, processor, onVerified } = context;
  const { edition } = reception.announcement;
  const sink = await openSink(context, reception);
  if (edition === undefined) return handOut(context, reception, 'unsigned');
  reception.state = 'verifying';
  const isWanted = () => reception.state === 'verifying';
  const digests = await processor.digest(reception.order, sink, isWanted);
  if (!isWanted()) return;
  const refusal = await findRefusal(crypto, edition, digests);
  if (!isWanted()) return;
  if (refusal === undefined) {
    await onVerified(edition);
    return handOut(context, reception, 'verified');
  }
  reception.state = 'receiving';
  if (refusal.reason === 'bad-digest') {
    const forged = await checkStored(context, reception);
    if (forged > 0 || !isReceiving(reception)) return;
  }
  await refuseObject(context, reception, refusal);
}

/** Compares digests with what the publisher signed: undefined when it is that. */
async function findRefusal(
  crypto: Crypto,
  { sha256, publisherKey, parsedSignature, publisher }: AnnouncedEdition,
  digests: ObjectDigests,
): Promise<Refusal | undefined> {
  if (!equalBytes(digests.sha256, sha256)) {
    return { reason: 'bad-digest', why: 'Its SHA-256 is not the one that the table announces.' };
  }
  const { blake2b512 } = digests;
  if (await verifySignature(crypto, publisherKey, parsedSignature, { blake2b512 })) return undefined;
  return { reason: 'bad-publisher-signature', why: `Publisher key ${publisher} did not sign its content.` };
}
