import { toHex } from '../../codecs/bytes.js';

/** The name of an index in its table. @param name of the bundle */
export function indexLocation(name: string): string {
  return `${encodeURIComponent(name)}.json.zst`;
}

/** The name of a part in its table. @param sha256 32 bytes */
export function partLocation(sha256: Uint8Array): string {
  return `${toHex(sha256.subarray(0, 8))}.tar.zst`;
}
