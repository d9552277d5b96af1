import { equalBytes, toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import { decodeIndex, EditionError, requireEdition } from '../../../../codecs/edition/index.js';
import { MinisignError, parseSignature, verifySignature } from '../../../../codecs/minisign/index.js';
import { announcedEdition } from '../../../engine/editions/announced-edition.js';
import type { IndexArrival } from '../../../engine/ports/events.js';
import { DEFAULT_LIMITS } from '../../../engine/ports/limits.js';
import type { PublisherKeys } from '../../../engine/tables/publishers.js';

/**
 * Checks an index that came with its signature, as it is kept or passed on.
 *
 * @param publishers with the keys that count
 * @param object the index as it is sent
 * @param signature text of a minisign signature file
 * @returns undefined when no trusted publisher signed this index
 */
export async function signedEdition(
  crypto: Crypto,
  publishers: readonly PublisherKeys[],
  object: Uint8Array,
  signature: string,
): Promise<IndexArrival | undefined> {
  try {
    const parsed = parseSignature(signature);
    const signers = publishers.flatMap(({ publisher, keys }) => keys.map((key) => ({ publisher, key })));
    let signer: (typeof signers)[number] | undefined;
    // another publisher may have a key with this key id
    for (const each of signers) {
      const isMeant = signer === undefined && equalBytes(each.key.keyId, parsed.keyId);
      if (isMeant && (await verifySignature(crypto, each.key, parsed, { content: object }))) signer = each;
    }
    if (signer === undefined) return undefined;
    const { key } = signer;
    const sha256 = crypto.sha256(object);
    const announced = await announcedEdition(crypto, { sha256, signature }, key, signer.publisher);
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
