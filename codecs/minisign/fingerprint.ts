import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, readUint, toHex } from '../bytes.js';

const GROUPS = 8;
const GROUP_BYTES = 4;
const GROUP_DIGITS = 5;

/**
 * What a publisher is known by: the Ed25519 public key, 64 lower-case hexadecimal digits. The key id of minisign is chosen
 * by whoever makes a key, and says nothing.
 */
export function publisherId({ publicKey }: { readonly publicKey: Uint8Array }): string {
  return toHex(publicKey);
}

/**
 * A public key as people compare it and say it over the telephone: 8 groups of 5 decimal digits, from SHA-256 of the key;
 * each group is 4 bytes, big-endian, modulo 100,000 (docs/wire-format-auth.md).
 *
 * @param publisher what `publisherId` gives
 * @throws RangeError unless it is hexadecimal
 */
export function fingerprint(publisher: string): string {
  const digest = sha256(fromHex(publisher));
  const groups = Array.from({ length: GROUPS }, (_, i) => readUint(digest, GROUP_BYTES * i, GROUP_BYTES));
  return groups.map((group) => String(group % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0')).join(' ');
}
