import { MAX_ELEMENTS } from './limits.js';

/** Few enough that what one piece can make of all that is open before it (512 elements) is made in no time. */
const PIECE = 4096;
/** The page answers after so many pieces. */
const PIECES_AT_ONCE = 16;

/**
 * Parses HTML into a document that no window shows: nothing runs in it and it loads nothing. Stops at `MAX_ELEMENTS`,
 * since a short page can make millions of elements: formatting that is left open is repeated in each paragraph after it
 * (HTML section 13.2.4.3).
 */
export async function parseHtml(text: string): Promise<{ root: Element; isWhole: boolean }> {
  const parsed = document.implementation.createHTMLDocument('');
  // taken now: what is parsed may have elements with the names of a document's methods, which then hide them
  const [write, close] = [parsed.write.bind(parsed), parsed.close.bind(parsed)];
  const elements = parsed.getElementsByTagName('*');
  parsed.open();
  for (let at = 0, pieces = 1; at < text.length; at += PIECE, pieces++) {
    write(text.slice(at, at + PIECE));
    if (elements.length > MAX_ELEMENTS) return { root: elements[0]!, isWhole: false };
    if (pieces % PIECES_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  close();
  return { root: elements[0]!, isWhole: true };
}
