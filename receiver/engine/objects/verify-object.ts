import { concatBytes, copyBytes, equalBytes, fromHex } from '../../../codecs/bytes.js';
import {
  decodeIndex,
  EditionError,
  type EditionIndex,
  requireEdition,
} from '../../../codecs/edition/index.js';
import { fingerprint, verifySignature } from '../../../codecs/minisign/index.js';
import type { AnnouncedEdition } from '../editions/announced-edition.js';
import type { ObjectSink } from '../ports/sink.js';
import { checkStored } from './check-stored.js';
import { completeReception, handOut, type Refusal, refuseObject } from './finish-reception.js';
import { openSink } from './rebuild-blocks.js';
import { isReceiving, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Verifies an object of which all blocks are rebuilt. When forgeries are found its blocks are to be rebuilt once more. */
export async function verifyReception(context: ReceptionContext, reception: Reception): Promise<void> {
  const { info, order, announcement } = reception;
  const sink = await openSink(context, reception);
  if (info.sha256 === undefined) {
    const content = await handOut(context, reception, 'unsigned');
    return context.emit('unsigned', { object: info, content });
  }
  reception.state = 'verifying';
  const isWanted = () => reception.state === 'verifying';
  const sha256 = await context.processor.digest(order, sink, isWanted);
  if (!isWanted()) return;
  if (!equalBytes(sha256, fromHex(info.sha256))) return refuseDigest(context, reception);
  const { edition } = announcement;
  if (edition === undefined) return handOutPart(context, reception);
  const object = await readAll(sink);
  const index = await readIndex(context, edition, object);
  if (!isWanted()) return;
  if ('reason' in index) {
    reception.state = 'receiving';
    return refuseObject(context, reception, index);
  }
  await context.takeEdition({ edition: info.edition!, index, object });
  if (isWanted()) await completeReception(context, reception, 'verified');
}

/** Unless the object is not what was announced, some of its datagrams are forged. */
async function refuseDigest(context: ReceptionContext, reception: Reception): Promise<void> {
  reception.state = 'receiving';
  const forged = await checkStored(context, reception);
  if (forged > 0 || !isReceiving(reception)) return;
  const why = 'Its SHA-256 is not the one that the table announces.';
  await refuseObject(context, reception, { reason: 'bad-digest', why });
}

/** A part is what its SHA-256 says; which is what the index lists. */
async function handOutPart(context: ReceptionContext, reception: Reception): Promise<void> {
  const { info, listing } = reception;
  const id = { publisher: info.session.publisher!, sha256: info.sha256! };
  const content = await handOut(context, reception, 'verified');
  // received with another layout too
  for (const each of context.ofPart(id)) if (each !== reception) await context.drop(each);
  context.completePart(id);
  context.emit('part', { object: info, part: listing!.part, editions: context.editionsOf(id), content });
}

async function readAll(sink: ObjectSink): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of sink.read()) pieces.push(copyBytes(piece));
  return concatBytes(...pieces);
}

async function readIndex(
  { crypto, limits, commit }: ReceptionContext,
  { publisher, publisherKey, parsedSignature, name, sequence }: AnnouncedEdition,
  object: Uint8Array,
): Promise<EditionIndex | Refusal> {
  const blake2b512 = crypto.createBlake2b512().update(object).digest();
  if (!(await verifySignature(crypto, publisherKey, parsedSignature, { blake2b512 }))) {
    return {
      reason: 'bad-publisher-signature',
      why: `The publisher with the fingerprint ${fingerprint(publisher)} did not sign its content.`,
    };
  }
  try {
    const index = await decodeIndex(object, { maxBytes: limits.maxIndexBytes, maxParts: limits.maxParts });
    requireEdition(index, { name, sequence });
    const why = commit(publisherKey, index.nextKey);
    if (why !== undefined) return { reason: 'other-successor', why };
    return index;
  } catch (error) {
    if (error instanceof EditionError) return { reason: 'bad-index', why: error.message };
    throw error;
  }
}
