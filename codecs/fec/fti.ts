import { FecError } from './error.js';

/** Header extension type of EXT_FTI (RFC 5775 section 4.2). */
export const HET_FTI = 64;

/** An EXT_FTI with HET, HEL and room for its content, which begins at offset 2. */
export function createFti(words: number): Uint8Array {
  const extension = new Uint8Array(4 * words);
  extension[0] = HET_FTI;
  extension[1] = words;
  return extension;
}

/**
 * Checks that this is an EXT_FTI of the length that the scheme prescribes.
 *
 * @throws FecError
 */
export function requireFti(extension: Uint8Array, words: number, scheme: string): void {
  if (extension.length === 4 * words && extension[0] === HET_FTI && extension[1] === words) return;
  throw new FecError(
    `An EXT_FTI of ${scheme} has type ${HET_FTI} and ${words} words; this one has type ${extension[0]}, ` +
      `length ${extension[1]} and ${extension.length} bytes.`,
  );
}
