import type { Found } from '../protocol.js';
import { findFile, listFiles } from './files.js';
import type { Parts } from './parts.js';
import type { Bundle, Shelf } from './shelf.js';
import { textOf, titleIn } from './text.js';

const MAX_FOUND = 200;
/** A longer file is data, not text. */
const MAX_BYTES = 4 * 2 ** 20;
/** Characters around what was found. */
const AROUND = 60;
/** To put marks in order takes time that grows with the square of their number. */
const PILED_MARKS = /(\p{M}{30})\p{M}+/gu;
const IS_TEXT = /\.(x?html?|txt|md)$/i;

/** Looks for a text in all pages and texts that are there: without regard to case, marks of width and of composition. */
export async function searchFiles(wanted: string, shelf: Shelf, parts: Parts): Promise<Found[]> {
  const needle = fold(wanted.trim());
  const found: Found[] = [];
  if (needle === '') return found;
  for (const [bundle, content] of shelf) {
    for (const { path, bytes } of listFiles(content, parts)) {
      if (!IS_TEXT.test(path) || bytes > MAX_BYTES) continue;
      const file = await findFile(content, parts, path);
      if (file === undefined) continue;
      const { title, text } = textOf(path, await file.text());
      const place = placeIn(text, needle);
      if (place !== undefined) found.push({ bundle, path, title, ...place });
      if (found.length >= MAX_FOUND) return found;
    }
  }
  return found;
}

/** Bytes of a page in which its title is looked for. */
const HEAD_BYTES = 4096;
const IS_PAGE = /\.x?html?$/i;

/** The titles of pages, in the order of their paths; empty where there is none. */
export async function titlesOf(bundle: Bundle, parts: Parts, paths: readonly string[]): Promise<string[]> {
  const titles: string[] = [];
  for (const path of paths) {
    const file = IS_PAGE.test(path) ? await findFile(bundle, parts, path, HEAD_BYTES) : undefined;
    titles.push(file === undefined ? '' : titleIn(await file.text()));
  }
  return titles;
}

function placeIn(text: string, needle: string): Pick<Found, 'before' | 'match' | 'after'> | undefined {
  const plain = text.replace(PILED_MARKS, '$1').normalize('NFC');
  const at = fold(plain).indexOf(needle);
  if (at === -1) return undefined;
  const end = at + needle.length;
  return {
    before: plain.slice(Math.max(0, at - AROUND), at),
    match: plain.slice(at, end),
    after: plain.slice(end, end + AROUND),
  };
}

/** As long as the text itself, or nearly: places in both are the same. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
