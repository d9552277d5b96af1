import { toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { type EditionIndex, encodeIndex, type IndexPart } from '../../codecs/edition/index.js';
import { type SecretKey, signDigest } from '../../codecs/minisign/index.js';
import type { PackedPart } from './pack-parts.js';

/** The index of an edition as it is sent, and the publisher's word for it. */
export interface SignedIndex {
  readonly name: string;
  readonly sequence: number;
  /** The transfer object. */
  readonly object: Uint8Array;
  readonly sha256: Uint8Array;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

/** What stands above the signature. */
export const UNTRUSTED_COMMENT = 'signature of a datacast edition';

/** What the publisher signs besides the index. */
export function trustedComment(sequence: number, name: string): string {
  return `datacast sequence:${sequence} name:${name}`;
}

/** A part as the index lists it. */
export function listedPart({ cut, length, sha256 }: PackedPart): IndexPart {
  const { unpacked, files, label, class: partClass } = cut;
  return { sha256: toHex(sha256), bytes: length, unpacked, files: files.length, label, class: partClass };
}

/**
 * Makes the index of an edition and signs it.
 *
 * @param edition its parts in the order in which they matter
 * @throws MinisignError when the name cannot stand in a signature's comment, EditionError when there are too many parts
 */
export async function signEdition(
  crypto: Crypto,
  publisher: SecretKey,
  { nextKey, ...edition }: Omit<EditionIndex, 'nextKey'> & { readonly nextKey?: string | undefined },
): Promise<SignedIndex> {
  const { name, sequence } = edition;
  const object = await encodeIndex({ ...edition, ...(nextKey !== undefined && { nextKey }) });
  const digest = crypto.createBlake2b512().update(object).digest();
  const comment = trustedComment(sequence, name);
  const signature = await signDigest(crypto, digest, publisher, comment, UNTRUSTED_COMMENT);
  return { name, sequence, object, sha256: crypto.sha256(object), signature };
}
