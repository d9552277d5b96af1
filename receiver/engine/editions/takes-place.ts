import { toHex } from '../../../codecs/bytes.js';
import { MinisignError, parseSignature } from '../../../codecs/minisign/index.js';
import type { Edition } from '../ports/events.js';

/**
 * True when a verified edition takes the place of the one that stands there, of the same bundle: its number is higher, or another
 * key of the publisher signed it. Only what the present key signs is taken in, so that is the later one.
 */
export function takesPlaceOf(
  added: Pick<Edition, 'sequence' | 'signature'>,
  standing: Pick<Edition, 'sequence' | 'signature'>,
): boolean {
  return (
    added.sequence > standing.sequence || signingKeyId(added.signature) !== signingKeyId(standing.signature)
  );
}

/** Key id, hexadecimal; undefined for a text that is no signature. Within the history of a publisher no two keys have one. */
export function signingKeyId(signature: string): string | undefined {
  try {
    return toHex(parseSignature(signature).keyId);
  } catch (error) {
    if (error instanceof MinisignError) return undefined;
    throw error;
  }
}
