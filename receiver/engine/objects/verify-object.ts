import { equalBytes } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { verifySignature } from '../../../codecs/minisign/index.js';
import type { ObjectDigests } from '../processing/processor.js';
import type { AnnouncedEdition } from './edition.js';

/** What is wrong with a complete object; a sentence with it. */
export interface Refusal {
  readonly reason: 'bad-digest' | 'bad-publisher-signature';
  readonly why: string;
}

/** Verifies a complete object by its digests: undefined when it is what the publisher signed. */
export async function verifyObject(
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
