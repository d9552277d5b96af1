import { fromBase64 } from '../bytes.js';
import { PageError } from './error.js';
import { ELEMENT_END, PIECE_BEGIN, PIECE_BYTES, parseSetting, SETTING_ID } from './page.js';

/** A piece of a file that a page carries. */
export interface Piece {
  /** The place of the file in the setting. */
  readonly file: number;
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The most that a page may have before its first piece, and a piece, bytes. */
const MAX_HEAD = 16 * 2 ** 20;
const MAX_PIECE = Math.ceil(PIECE_BYTES / 3) * 4 + 64;
/** True for the first bytes of what may be a page. */
export function isPage(head: Uint8Array): boolean {
  return /^\s*<!doctype html>/i.test(new TextDecoder().decode(head.subarray(0, 64)));
}

/**
 * The pieces of the files that a page carries, in order. Its keys are of no account here.
 *
 * @param page a saved page in pieces of any size
 * @throws PageError when it is no page, or damaged
 */
export async function* readPieces(page: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const decoder = new TextDecoder();
  let text = '';
  let names: readonly string[] | undefined;
  for await (const chunk of page) {
    text += decoder.decode(chunk, { stream: true });
    if (names === undefined) {
      const block = between(text, `id="${SETTING_ID}">`, ELEMENT_END);
      if (block === undefined) {
        if (text.length > MAX_HEAD) throw new PageError('It is no page of datacast.');
        continue;
      }
      names = parseSetting(block).files.map(({ name }) => name);
    }
    for (;;) {
      const begin = text.indexOf(PIECE_BEGIN);
      if (begin === -1) {
        // a beginning may be cut in two
        text = text.slice(-PIECE_BEGIN.length);
        break;
      }
      const end = text.indexOf(ELEMENT_END, begin);
      if (end === -1) {
        text = text.slice(begin);
        if (text.length > MAX_PIECE) throw new PageError('A piece of the page is too long.');
        break;
      }
      yield parsePiece(text.slice(begin + PIECE_BEGIN.length, end), names);
      text = text.slice(end);
    }
  }
  if (names === undefined) throw new PageError('It is no page of datacast.');
}

/** The number of a file, `">` and base64. */
function parsePiece(text: string, names: readonly string[]): Piece {
  const [number, base64] = text.split('">', 2);
  const file = Number(number);
  const name = /^[0-9]{1,6}$/.test(number!) ? names[file] : undefined;
  if (name === undefined || base64 === undefined) throw new PageError('A piece of the page is of no file.');
  return { file, name, bytes: decode(base64) };
}

function decode(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch {
    throw new PageError('A piece of the page is damaged.');
  }
}

function between(text: string, begin: string, end: string): string | undefined {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  return from === -1 || to === -1 ? undefined : text.slice(from + begin.length, to);
}
