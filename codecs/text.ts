/** Numbers and strangers' text as people read them, the same in every program. */

/** 1234567 as `1,234,567`. */
export function formatNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 file`, `1,234 files`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

export function formatBytes(value: number): string {
  return formatCount(value, 'byte');
}

/** A share in percent with one digit at most: `12.5 %`. */
export function formatPercent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Number(((100 * part) / whole).toFixed(1))} %`;
}

/** A share in percent with one digit, or with as many as it takes that not all is not `100 %`, and something not `0 %`. */
export function formatShare(share: number): string {
  for (let digits = 1; ; digits++) {
    const percent = Number((100 * share).toFixed(digits));
    if (digits === MOST_DIGITS || ((percent === 100) === (share === 1) && (percent === 0) === (share === 0)))
      return `${percent} %`;
  }
}

const MOST_DIGITS = 12;
const LONGEST = 500;

/** Scripts whose words need joiners (Unicode core specification, chapters 9, 12 to 14 and 16): Persian, Sinhala, Malayalam. */
const JOINING = [
  'Arab',
  'Syrc',
  'Nkoo',
  'Mong',
  'Deva',
  'Beng',
  'Guru',
  'Gujr',
  'Orya',
  'Taml',
  'Telu',
  'Knda',
  'Mlym',
]
  .concat(['Sinh', 'Tibt', 'Mymr', 'Khmr'])
  .map((script) => `\\p{scx=${script}}`)
  .join('');
const PICTURE = '\\p{Extended_Pictographic}\\p{Emoji_Modifier}';
/** What nobody sees by itself and yet is part of what stands before it. */
const NEEDED = [
  `(?<=[${JOINING}])[\\u200c\\u200d](?=[${JOINING}])`,
  `(?<=[${PICTURE}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})`,
  `(?<=[${PICTURE}])[\\ufe0e\\ufe0f]|\\ufe0f(?=\\u20e3)`,
].join('|');
/**
 * Control characters (C0, DEL, C1), format characters (bidirectional controls and isolates, zero-width and tag characters),
 * surrogates, private use, separators of lines and paragraphs, and what fonts show as nothing.
 */
const NOT_PRINTABLE = `(?=[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}])(?!${NEEDED})[^]`;
const EACH_NOT_PRINTABLE = new RegExp(NOT_PRINTABLE, 'gu');
const EACH_BUT_LINE_FEEDS = new RegExp(`(?!\\n)${NOT_PRINTABLE}`, 'gu');
const ONE_NOT_PRINTABLE = new RegExp(NOT_PRINTABLE, 'u');

/**
 * Text of others for a terminal, a log or a file name: nothing in it drives a terminal, changes the direction of what follows or
 * hides itself. What could shows as an escape like `\u202e`, and the text is cut after 500 characters. U+200C and
 * U+200D stay inside words of scripts that need them, U+200D and variation selectors in emoji.
 */
export function printable(text: string): string {
  const shown = replaceUnprintable(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text, escaped);
  return shown.length > 2 * LONGEST ? `${shown.slice(0, 2 * LONGEST)}...` : shown;
}

/** The same for what a program has put together: lines stay lines, and nothing is cut. */
export function printableLines(text: string): string {
  return text.replace(EACH_BUT_LINE_FEEDS, escaped);
}

/** A value as JSON in which all that `printable` replaces is escaped, so that whoever parses it has it back. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(EACH_BUT_LINE_FEEDS, escapeUnits);
}

/** The text with something else in the place of each character that `printable` replaces. */
export function replaceUnprintable(text: string, by: string | ((character: string) => string)): string {
  return text.replace(EACH_NOT_PRINTABLE, by as string);
}

/** True when text has characters that `printable` replaces. */
export function hasUnprintable(text: string): boolean {
  return ONE_NOT_PRINTABLE.test(text);
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!.toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** As JSON has it (RFC 8259 section 7): each unit of UTF-16 by itself. */
function escapeUnits(character: string): string {
  return character.split('').map(escaped).join('');
}
