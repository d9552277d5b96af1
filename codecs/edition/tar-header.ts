/** The headers of the tar archive of a part: POSIX ustar, with a pax header where a path or a size does not fit. */

import { concatBytes, utf8Encode } from '../bytes.js';
import { isLonger } from './path.js';

export const BLOCK = 512;

/** Offsets and lengths of the fields that are read or written (POSIX.1-2017, pax, ustar interchange format). */
export const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  devmajor: [329, 8],
  devminor: [337, 8],
  prefix: [345, 155],
} as const;

export const MAGIC = 'ustar\x0000';
export const TYPE = { file: '0', directory: '5', pax: 'x' } as const;

/** The largest size that a field of eleven octal digits holds. */
const MAX_OCTAL_SIZE = 0o77777777777;
const encoder = new TextEncoder();
const PAX_NAME = 'pax';

/** Zeroes up to the next whole block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Bytes that an entry takes in the archive. */
export function tarLength(name: string, size: number): number {
  const records = paxRecords(name, size).length;
  const pax = records === 0 ? 0 : BLOCK + records + paddingOf(records);
  return pax + BLOCK + size + paddingOf(size);
}

/**
 * The headers of an entry: of mode 644 or 755, of owner 0 and time 0.
 *
 * @param name path in the archive; a directory ends in a slash
 * @param size bytes of its content
 */
export function tarHeaders(name: string, size: number): Uint8Array {
  const header = name.endsWith('/')
    ? ustarHeader(name, 0, TYPE.directory, 0o755)
    : ustarHeader(name, size <= MAX_OCTAL_SIZE ? size : 0, TYPE.file, 0o644);
  const records = paxRecords(name, size);
  if (records.length === 0) return header;
  const padding = new Uint8Array(paddingOf(records.length));
  return concatBytes(ustarHeader(PAX_NAME, records.length, TYPE.pax, 0o644), records, padding, header);
}

function paxRecords(name: string, size: number): Uint8Array {
  const path = ustarName(name) === undefined ? paxRecord('path', name) : '';
  return utf8Encode(size <= MAX_OCTAL_SIZE ? path : path + paxRecord('size', String(size)));
}

/** How a path stands in the fields `prefix` and `name`; undefined when it does not fit. */
function ustarName(path: string): { prefix: string; name: string } | undefined {
  for (let slash = -1; ; ) {
    const prefix = path.slice(0, Math.max(0, slash));
    const name = path.slice(slash + 1);
    if (isLonger(prefix, FIELD.prefix[1]) || name === '') return undefined;
    if (!isLonger(name, FIELD.name[1])) return { prefix, name };
    slash = path.indexOf('/', slash + 1);
    if (slash === -1) return undefined;
  }
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = utf8Encode(rest).length;
  let whole = length;
  while (whole !== length + String(whole).length) whole = length + String(whole).length;
  return `${whole}${rest}`;
}

function ustarHeader(path: string, size: number, type: string, mode: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = ([offset, length]: readonly [number, number], text: string) =>
    encoder.encodeInto(text, header.subarray(offset, offset + length));
  // what does not fit is cut at a whole character: the pax header has it all
  const { prefix, name } = ustarName(path) ?? { prefix: '', name: path };
  put(FIELD.name, name);
  put(FIELD.prefix, prefix);
  put(FIELD.mode, octal(mode, 7));
  put(FIELD.uid, octal(0, 7));
  put(FIELD.gid, octal(0, 7));
  put(FIELD.size, octal(size, 11));
  put(FIELD.mtime, octal(0, 11));
  put(FIELD.type, type);
  put(FIELD.magic, MAGIC);
  put(FIELD.devmajor, octal(0, 7));
  put(FIELD.devminor, octal(0, 7));
  put(FIELD.checksum, `${octal(checksumOf(header), 6)}\0 `);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The sum of all bytes of a header, its checksum taken as spaces. */
export function checksumOf(header: Uint8Array): number {
  const [from, length] = FIELD.checksum;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= from && i < from + length ? 0x20 : header[i]!;
  return sum;
}
