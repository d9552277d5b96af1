/** Bytes of an edition as text. */

/** Byte order marks, as the Encoding Standard knows them (section 6). */
const MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
];
/** Where a page says its encoding (HTML section 13.2.3.2 looks at as many bytes). */
const PRESCAN = 1024;

/** Decodes a page or a text: by its byte order mark, else by what a page says, else UTF-8. */
export function decodeText(bytes: Uint8Array, maxLength: number): string {
  // no encoding takes more than four bytes for a character
  const read = bytes.subarray(0, 4 * maxLength);
  const [marked] = MARKS.find(([, mark]) => mark.every((octet, i) => bytes[i] === octet)) ?? [];
  const head = String.fromCharCode(...bytes.subarray(0, PRESCAN));
  const said = /<meta[^>]*charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1];
  try {
    return new TextDecoder(marked ?? said ?? 'utf-8').decode(read);
  } catch {
    return new TextDecoder().decode(read);
  }
}

/** Scripts that run from right to left. */
const RIGHT_TO_LEFT = /[\p{scx=Arab}\p{scx=Hebr}\p{scx=Syrc}\p{scx=Thaa}\p{scx=Nkoo}]/u;

/** The direction of a text by its first letter, near enough to UAX #9 rule P2. */
export function directionOf(text: string): 'ltr' | 'rtl' {
  const [first = ''] = /\p{L}/u.exec(text) ?? [];
  return RIGHT_TO_LEFT.test(first) ? 'rtl' : 'ltr';
}
