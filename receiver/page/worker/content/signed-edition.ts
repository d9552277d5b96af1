import { equalBytes, toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import { decodeIndex, EditionError, requireEdition } from '../../../../codecs/edition/index.js';
import {
  MinisignError,
  type PublicKey,
  parseSignature,
  publisherId,
  verifySignature,
} from '../../../../codecs/minisign/index.js';
import { announcedEdition } from '../../../engine/editions/announced-edition.js';
import type { IndexArrival } from '../../../engine/ports/events.js';
import { DEFAULT_LIMITS } from '../../../engine/ports/limits.js';

/**
 * Checks an index that came with its signature, as it is kept or passed on.
 *
 * @param object the index as it is sent
 * @param signature text of a minisign signature file
 * @returns undefined when no trusted publisher signed this index
 */
export async function signedEdition(
  crypto: Crypto,
  trust: readonly PublicKey[],
  object: Uint8Array,
  signature: string,
): Promise<IndexArrival | undefined> {
  try {
    const parsed = parseSignature(signature);
    const key = trust.find(({ keyId }) => equalBytes(keyId, parsed.keyId));
    if (key === undefined) return undefined;
    if (!(await verifySignature(crypto, key, parsed, { content: object }))) return undefined;
    const sha256 = crypto.sha256(object);
    const announced = await announcedEdition(crypto, { sha256, signature }, key, publisherId(key));
    if (typeof announced === 'string') return undefined;
    const { maxIndexBytes: maxBytes, maxParts } = DEFAULT_LIMITS;
    const index = await decodeIndex(object, { maxBytes, maxParts });
    requireEdition(index, announced);
    const { publisher, name, sequence } = announced;
    return { edition: { publisher, name, sequence, sha256: toHex(sha256), signature }, index, object };
  } catch (error) {
    if (error instanceof MinisignError || error instanceof EditionError) return undefined;
    throw error;
  }
}
