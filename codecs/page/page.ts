import { PageError } from './error.js';

/** Languages that the page speaks. */
export const LANGUAGES = ['ko', 'en', 'zh', 'fa'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A file that a page carries: a recording, an index, its signature, or a part as it is sent. */
export interface CarriedFile {
  readonly name: string;
  readonly bytes: number;
}

/** What a page was made with. */
export interface PageSetting {
  readonly title: string;
  readonly language: Language;
  /** Lines of the public keys that it trusts. */
  readonly trust: readonly string[];
  /** In the order in which their content stands in the page. */
  readonly files: readonly CarriedFile[];
}

const FORMAT = 'datacast page';
const VERSION = 1;
/** Names the element that holds the setting. */
export const SETTING_ID = 'setting';
const SETTING_BEGIN = `<script type="application/json" id="${SETTING_ID}">`;
/** Begins a piece of a carried file; the number of the file and `">` follow. */
export const PIECE_BEGIN = '<script type="text/plain" data-file="';
export const ELEMENT_END = '</script>';
/** Where pieces stand. */
const PLACE = '<!--content-->';
/** Bytes of a carried file that one piece holds: its base64 is a text that every browser takes. */
export const PIECE_BYTES = 3 * 2 ** 20;

/**
 * Sets a page up: a new one, or one that was set up before.
 *
 * @param page its text, without pieces
 * @returns what stands before and after the pieces
 * @throws PageError when the text is no page
 */
export function setUpPage(page: string, setting: PageSetting): { before: string; after: string } {
  const value = JSON.stringify({ format: FORMAT, version: VERSION, ...setting });
  // no "<" may end the element that holds it
  const block = `${SETTING_BEGIN}${value.replaceAll('<', '\\u003c')}${ELEMENT_END}`;
  const titled = replaceOnce(page, '<title>', '</title>', `<title>${escapeText(setting.title)}</title>`);
  const whole = replaceOnce(titled, SETTING_BEGIN, ELEMENT_END, block);
  const at = whole.lastIndexOf(PLACE);
  if (at === -1) throw new PageError('The text is no page of datacast: it has no place for content.');
  return { before: whole.slice(0, at), after: whole.slice(at) };
}

/** A piece of a carried file. @param file its place in the setting @param base64 of `PIECE_BYTES` bytes, the last of fewer */
export function pieceText(file: number, base64: string): string {
  return `${PIECE_BEGIN}${file}">${base64}${ELEMENT_END}\n`;
}

/** Reads the text of the setting. @throws PageError */
export function parseSetting(text: string): PageSetting {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PageError('The setting of the page is damaged.');
  }
  if (!isSetting(value)) throw new PageError('The page was not set up: make one with "datacast page".');
  const { title, language, trust, files } = value;
  return { title, language, trust, files };
}

function isSetting(value: unknown): value is PageSetting {
  if (typeof value !== 'object' || value === null) return false;
  const { format, version, title, language, trust, files } = value as Record<string, unknown>;
  return (
    format === FORMAT &&
    version === VERSION &&
    typeof title === 'string' &&
    LANGUAGES.some((each) => each === language) &&
    Array.isArray(trust) &&
    trust.every((line) => typeof line === 'string') &&
    Array.isArray(files) &&
    files.every(isCarriedFile)
  );
}

function isCarriedFile(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, bytes } = value as Record<string, unknown>;
  return typeof name === 'string' && Number.isSafeInteger(bytes) && (bytes as number) >= 0;
}

function replaceOnce(text: string, begin: string, end: string, by: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) {
    throw new PageError(`The text is no page of datacast: ${begin} is missing.`);
  }
  return text.slice(0, from) + by + text.slice(to + end.length);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
