/** What a document may cost, so that no file of an edition makes the page stand still. */

/** Characters of a page, and of a text that is shown. */
export const MAX_PAGE = 4_000_000;
export const MAX_TEXT = 500_000;
/** Bytes of a page or a text that are read at all: no encoding takes more than four for a character. */
export const MAX_READ = 4 * (MAX_PAGE + 1);
export const MAX_ELEMENTS = 20_000;
/** Places in tables that cells which span others cover. */
export const MAX_SPANNED = 20_000;
/** Characters of all style sheets of a page. */
export const MAX_STYLES = 500_000;
/** Each selector of a sheet may be compared with each element: characters of sheets times elements. */
export const MAX_STYLE_WORK = 1_000_000_000;
/** Sheets within sheets. */
export const MAX_IMPORTS = 20;
/** Of one picture; a browser holds four bytes for each. */
export const MAX_PIXELS = 50_000_000;
/** Of all pictures of a page. */
export const LIMITS_OF_PICTURES = { count: 1000, pixels: 200_000_000 };
/** Characters of a drawing (SVG), and elements when each use of one is drawn. */
export const MAX_DRAWING = 1_000_000;
export const MAX_DRAWN = 50_000;
export const MAX_DRAWING_DEPTH = 64;

/**
 * What was left out, for a sentence to the reader: the end of a file that is too long, styles that cost too much, pictures
 * that are too large or damaged, what lies outside the edition, a file of a kind that cannot be shown.
 */
export type LeftOut = 'end' | 'styles' | 'picture' | 'outside' | 'kind';
