import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns that a text takes on a terminal: Korean, Chinese and Japanese characters and most emoji take two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The text in at most so many columns: when it is longer, its beginning and `…`. */
export function shorten(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [short, left] = ['', columns - 1];
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    short += segment;
  }
  return columns < 1 ? '' : `${short.trimEnd()}…`;
}

/** The first of several wordings, the longest first, that has room; the last one is shortened. */
export function firstThatFits(wordings: Iterable<string>, columns: number): string {
  let last = '';
  for (const wording of wordings) {
    if (widthOf(wording) <= columns) return wording;
    last = wording;
  }
  return shorten(last, columns);
}
