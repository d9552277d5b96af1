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

const LONGEST = 500;
/** Control and format characters (bidirectional controls, zero-width and tag characters), surrogates, separators of lines. */
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/**
 * Text of others for a terminal or a log: nothing in it drives a terminal, changes the direction of what follows or hides
 * itself. What is left out shows as U+FFFD, and the text is cut after 500 characters.
 */
export function printable(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return shown.replace(NOT_PRINTABLE, '\uFFFD');
}

/** True when text has characters that `printable` replaces. */
export function hasUnprintable(text: string): boolean {
  return text.search(NOT_PRINTABLE) !== -1;
}
