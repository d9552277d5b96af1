import { utf8Encode } from '../bytes.js';
import { hasUnprintable, printableJson } from '../text.js';
import { EditionError } from './error.js';

/** The longest path and the longest name in it, bytes of UTF-8; file systems allow 255 a name. */
const MAX_PATH_BYTES = 1024;
const MAX_NAME_BYTES = 255;

/** C0, DEL, C1, and the line and paragraph separators. */
const CONTROL_CHARACTER = /[\p{Cc}\u2028\u2029]/u;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** A colon opens an alternate data stream on Windows; the others cannot stand in a name there and on Android storage. */
const NOT_PORTABLE = /[\\:*?"<>|]/;
/** Names of devices on Windows, with any extension (learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE_NAME = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(\.|$)/i;

/**
 * Checks that a path is safe and means the same on every receiver: relative, of plain names, in Unicode
 * normalisation form C.
 *
 * @throws EditionError
 */
export function checkPath(path: string): void {
  const why = whyUnsafe(path);
  if (why !== undefined)
    throw new EditionError(`The name ${printable(path)} cannot stand in a bundle: ${why}.`);
}

/** Why `checkPath` refuses a path; undefined when it does not. */
export function whyUnsafe(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (LONE_SURROGATE.test(path)) return 'it is not valid Unicode';
  if (CONTROL_CHARACTER.test(path)) return 'it has a control character';
  if (hasUnprintable(path)) {
    return 'it has a character that cannot be seen or changes how the others are shown';
  }
  if (path.startsWith('/')) return 'it is an absolute path';
  const unusable = NOT_PORTABLE.exec(path);
  if (unusable) return `not every receiver can store the character ${unusable[0]}`;
  // before it is normalised, which takes time that grows with the square of its marks
  if (isLonger(path, MAX_PATH_BYTES)) return `it is longer than ${MAX_PATH_BYTES} bytes`;
  if (path !== path.normalize('NFC')) return 'it is not in Unicode normalisation form C';
  for (const name of path.split('/')) {
    if (name === '') return 'it has an empty part';
    if (name === '.' || name === '..') return `it has the part "${name}"`;
    if (isLonger(name, MAX_NAME_BYTES)) return `a part is longer than ${MAX_NAME_BYTES} bytes`;
    if (/[. ]$/.test(name)) return 'a part ends in a dot or a space, which Windows drops';
    if (DEVICE_NAME.test(name)) return `"${name}" is the name of a device on Windows`;
  }
  return undefined;
}

/** True when text takes more than `bytes` of UTF-8. A unit of UTF-16 takes three at most: most names need no counting. */
export function isLonger(text: string, bytes: number): boolean {
  return 3 * text.length > bytes && utf8Encode(text).length > bytes;
}

/** The path for an error message: quoted, short, what cannot be seen escaped. */
export function printable(path: string): string {
  return printableJson(path.length > 120 ? `${path.slice(0, 120)}...` : path);
}

/** What file systems that ignore the case of letters may take for the same name. */
export function foldPath(path: string): string {
  return path.toUpperCase().toLowerCase().normalize('NFC');
}

/** The directories above a path, outermost first. */
export function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) parents.push(path.slice(0, at));
  return parents;
}

/** The order of entries: bytewise by UTF-8, so that a directory stands before what is in it. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return utf8Rank(unitA) - utf8Rank(unitB);
  }
  return a.length - b.length;
}

/** UTF-8 sorts code points above U+FFFF, surrogate pairs in UTF-16, behind all others. */
function utf8Rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
