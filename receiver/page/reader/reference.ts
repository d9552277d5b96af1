import { whyUnsafe } from '../../../codecs/edition/path.js';

/** A place in an edition. */
export interface Reference {
  /** Of a file, from the edition's directory. */
  readonly path: string;
  /** Names an element; empty: the beginning. */
  readonly fragment: string;
}

/** Nobody has it (RFC 2606 section 2). */
const EDITION = 'http://edition.invalid';
/** What a reference to a directory means. */
const INDEX = 'index.html';
/** To put marks in order takes time that grows with the square of their number; no text has so many (UAX #15 section 13). */
const TOO_MANY_MARKS = /\p{M}{31}/u;

/**
 * What a reference means in the file `from`, by the browser's own rules (WHATWG URL).
 *
 * @param reference as the file has it: relative, or from the edition's directory with a slash; a query is ignored
 * @returns undefined: it leads out of the edition, or to no name that an edition may have
 */
export function resolveReference(from: string, reference: string): Reference | undefined {
  try {
    const base = `${EDITION}/${from.split('/').map(encodeURIComponent).join('/')}`;
    const { origin, pathname, hash } = new URL(reference, base);
    if (origin !== EDITION) return undefined;
    const written = decodeURIComponent(pathname).slice(1);
    if (TOO_MANY_MARKS.test(written)) return undefined;
    const named = written.normalize('NFC');
    const path = named === '' || named.endsWith('/') ? named + INDEX : named;
    if (whyUnsafe(path) !== undefined) return undefined;
    return { path, fragment: decodeURIComponent(hash.slice(1)) };
  } catch {
    return undefined;
  }
}
