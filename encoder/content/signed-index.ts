import { toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { type EditionIndex, encodeIndex } from '../../codecs/edition/index.js';
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

/**
 * Lists the parts of an edition, in the order in which they matter, and signs the list.
 *
 * @throws MinisignError when the name cannot stand in a signature's comment, EditionError when there are too many parts
 */
export async function signIndex(
  crypto: Crypto,
  publisher: SecretKey,
  edition: { readonly name: string; readonly sequence: number },
  parts: readonly PackedPart[],
): Promise<SignedIndex> {
  const listed = parts.map(({ cut, length, sha256 }) => ({
    sha256: toHex(sha256),
    bytes: length,
    unpacked: cut.unpacked,
    files: cut.files.length,
    label: cut.label,
    class: cut.class,
  }));
  return signEdition(crypto, publisher, { ...edition, parts: listed });
}

/** The same for a list of parts that is made. */
export async function signEdition(
  crypto: Crypto,
  publisher: SecretKey,
  edition: EditionIndex,
): Promise<SignedIndex> {
  const { name, sequence } = edition;
  const object = await encodeIndex(edition);
  const digest = crypto.createBlake2b512().update(object).digest();
  const comment = trustedComment(sequence, name);
  const signature = await signDigest(crypto, digest, publisher, comment, UNTRUSTED_COMMENT);
  return { name, sequence, object, sha256: crypto.sha256(object), signature };
}
