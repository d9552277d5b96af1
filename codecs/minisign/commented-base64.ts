import { fromBase64, toBase64 } from '../bytes.js';

const COMMENT_PREFIX = 'untrusted comment: ';

/** Key files are some hundred bytes; a longer text is something else and is not searched for a key. */
const MAX_TEXT_LENGTH = 4096;

/** What a key file should hold, and the error its parser throws. */
export interface Expected {
  /** For messages: 'minisign public key'. */
  readonly what: string;
  /** Bytes in the base64 line. */
  readonly byteLength: number;
  readonly error: new (message: string) => Error;
}

/** Splits text at LF or CRLF; a line end after the last line is not a further line. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** Strict base64 of a known number of bytes; undefined when it is not that. */
export function decodeBase64(line: string, byteLength: number): Uint8Array | undefined {
  if (line.length !== 4 * Math.ceil(byteLength / 3)) return undefined;
  try {
    const bytes = fromBase64(line);
    return bytes.length === byteLength ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** A file of one comment line and one base64 line, as minisign writes its keys. */
export function formatCommentedBase64(comment: string, bytes: Uint8Array): string {
  return `${COMMENT_PREFIX}${comment}\n${toBase64(bytes)}\n`;
}

/**
 * Reads such a file.
 *
 * @throws expected.error
 */
export function parseCommentedBase64(text: string, { what, byteLength, error }: Expected): Uint8Array {
  const lines = text.length <= MAX_TEXT_LENGTH ? splitLines(text) : [];
  if (lines.length !== 2 || !lines[0]!.startsWith(COMMENT_PREFIX)) {
    throw new error(`This is not a ${what} file: expected a line "${COMMENT_PREFIX}…" and a line of base64.`);
  }
  const bytes = decodeBase64(lines[1]!, byteLength);
  if (bytes === undefined) {
    throw new error(`Line 2 of the ${what} file is damaged: expected base64 of ${byteLength} bytes.`);
  }
  return bytes;
}
