import type { ByteReader } from '../byte-reader.js';
import { BytesError, utf8Decode } from '../bytes.js';
import { EditionError } from './error.js';
import { printable } from './path.js';
import { BLOCK, checksumOf, FIELD, MAGIC, paddingOf, TYPE } from './tar-header.js';

/** What the headers of an entry say. */
export interface TarEntry {
  readonly kind: 'file' | 'directory';
  /** As it is in the archive: a directory ends in a slash. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A path of the longest that is allowed, a size, and their keys. */
const MAX_PAX_BYTES = 2048;
/** Compressed, zeroes without end take next to nothing. */
const MAX_END_BYTES = 1 << 20;

/** What else may stand in an archive, by the type in its header, for messages. */
const OTHER_TYPES: Record<string, string> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
};

/** The headers of the next entry; undefined behind the last one. @throws EditionError */
export async function readEntry(reader: ByteReader): Promise<TarEntry | undefined> {
  const header = await readHeader(reader);
  if (header === undefined) {
    await requireEnd(reader);
    return undefined;
  }
  if (header.type !== TYPE.pax) return entryOf(header, {});
  if (header.size > MAX_PAX_BYTES) throw damaged(`a pax header claims ${header.size} bytes`);
  const records = parsePax(await readExactly(reader, header.size));
  await readPadding(reader, header.size);
  const described = await readHeader(reader);
  if (described === undefined || described.type === TYPE.pax)
    throw damaged('a pax header describes no entry');
  return entryOf(described, records);
}

interface Header {
  /** Read only where no pax header has it: others may have cut it within a character. */
  readonly name: () => string;
  readonly type: string;
  readonly size: number;
}

/** A block as a header; undefined when it is all zeroes. */
async function readHeader(reader: ByteReader): Promise<Header | undefined> {
  const block = await readExactly(reader, BLOCK);
  if (isZero(block)) return undefined;
  const field = ([offset, length]: readonly [number, number]) => block.subarray(offset, offset + length);
  if (latin(field(FIELD.magic)) !== MAGIC) throw damaged('a header is not that of a ustar archive');
  if (octalIn(field(FIELD.checksum)) !== checksumOf(block))
    throw damaged('the checksum of a header is wrong');
  return {
    name() {
      const prefix = textIn(field(FIELD.prefix));
      const name = textIn(field(FIELD.name));
      return prefix === '' ? name : `${prefix}/${name}`;
    },
    // archives older than POSIX have a zero byte for a file
    type: latin(field(FIELD.type)).replace('\0', TYPE.file),
    size: octalIn(field(FIELD.size)),
  };
}

function entryOf({ name, type, size }: Header, pax: PaxRecords): TarEntry {
  const entry = { name: pax.path ?? name(), size: pax.size ?? size };
  if (type !== TYPE.file && type !== TYPE.directory) {
    throw new EditionError(
      `The part has ${printable(entry.name)}, which is ${OTHER_TYPES[type] ?? 'of an unknown type'}; only files and directories are unpacked.`,
    );
  }
  const kind = type === TYPE.file ? 'file' : 'directory';
  if ((kind === 'directory') !== entry.name.endsWith('/')) {
    throw damaged(`${printable(entry.name)} is named as what it is not`);
  }
  if (kind === 'directory' && entry.size !== 0)
    throw damaged(`the directory ${printable(entry.name)} has content`);
  return { kind, ...entry };
}

interface PaxRecords {
  path?: string;
  size?: number;
}

/** The records of a pax header: path and size, each once. Nothing else may change what an entry is. */
function parsePax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = {};
  for (let at = 0; at < bytes.length; ) {
    const [, digits] = /^([1-9][0-9]{0,3}) /.exec(latin(bytes.subarray(at, at + 5))) ?? [];
    const end = at + Number(digits);
    if (digits === undefined || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw damaged('a pax header has no whole records');
    }
    const record = decode(bytes.subarray(at + digits.length + 1, end - 1));
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === 'path' && records.path === undefined && value !== '') records.path = value;
    else if (key === 'size' && records.size === undefined && /^[0-9]{1,15}$/.test(value))
      records.size = Number(value);
    else throw damaged(`a pax header has the record ${printable(record)}`);
    at = end;
  }
  return records;
}

/** Zeroes up to the next whole block behind content. */
export async function readPadding(reader: ByteReader, size: number): Promise<void> {
  const length = paddingOf(size);
  if (length > 0 && !isZero(await readExactly(reader, length)))
    throw damaged('there is something behind a file');
}

/** One more block of zeroes, more of them as tapes have them, and nothing else. */
async function requireEnd(reader: ByteReader): Promise<void> {
  if (!isZero(await readExactly(reader, BLOCK))) throw damaged('there is something behind its end');
  for (let read = 0; read <= MAX_END_BYTES; ) {
    const piece = await reader.readSome(64 * 1024);
    if (piece.length === 0) return;
    if (!isZero(piece)) throw damaged('there is something behind its end');
    read += piece.length;
  }
  throw damaged(`there are more than ${MAX_END_BYTES} bytes of zeroes at its end`);
}

async function readExactly(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw damaged('it is cut off');
  return bytes;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Octal digits, then zero bytes or spaces. */
function octalIn(field: Uint8Array): number {
  const [, digits] = /^ *([0-7]+)[\0 ]*$/.exec(latin(field)) ?? [];
  if (digits === undefined) throw damaged('a header has no number where one belongs');
  return Number.parseInt(digits, 8);
}

function textIn(field: Uint8Array): string {
  const end = field.indexOf(0);
  return decode(end < 0 ? field : field.subarray(0, end));
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch (error) {
    if (error instanceof BytesError) throw damaged('a name is not UTF-8');
    throw error;
  }
}

export function damaged(why: string): EditionError {
  return new EditionError(`The tar archive of a part is damaged: ${why}.`);
}
