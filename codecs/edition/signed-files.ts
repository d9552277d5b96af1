import type { IndexPart } from './index-object.js';

/** Files of a directory that holds an edition as it was signed, for ordinary tools to check; each part has one more. */
export const SIGNED_FILES = {
  /** The index as it is sent. */
  index: 'index.json.zst',
  /** The publisher's minisign signature over it. */
  signature: 'index.json.zst.minisig',
  /** Digests of all parts for `sha256sum -c`. */
  sums: 'SHA256SUMS',
} as const;

/** Of the SHA-256, hexadecimal, as tables call a part. */
const DIGITS = 16;
/** Also what programs call a file while they copy it: `.NAME.Xy12Z`, `NAME.part`. */
const SIGNED_NAME = /^\.?(?:index\.json\.zst|[0-9a-f]{16}\.tar\.zst)(?:\.|$)/;

const PART_NAME = /^[0-9a-f]{16}\.tar\.zst$/;

/** The file of a part. @param sha256 of the part, hexadecimal */
export function partFileName(sha256: string): string {
  return `${sha256.slice(0, DIGITS)}.tar.zst`;
}

/** True for index, signature and parts of a signed edition, also while they are being copied. */
export function isSignedFileName(name: string): boolean {
  return SIGNED_NAME.test(name);
}

/** True for the file of a part, whatever its digest. */
export function isPartFileName(name: string): boolean {
  return PART_NAME.test(name);
}

/** The digests of all parts that an index lists. */
export function sumsText(parts: readonly Pick<IndexPart, 'sha256'>[]): string {
  return parts.map(({ sha256 }) => `${sha256}  ${partFileName(sha256)}\n`).join('');
}
