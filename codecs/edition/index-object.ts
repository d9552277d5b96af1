import { BytesError, concatBytes, copyBytes, utf8Decode, utf8Encode } from '../bytes.js';
import { compress, decompress, ZstdError } from '../zstd/index.js';
import { EditionError } from './error.js';
import { PART_CLASSES, type PartClass } from './part-class.js';
import { printable } from './path.js';
import { formatSequence } from './sequence-time.js';

/** What the index says about a part. */
export interface IndexPart {
  /** Of the part as it is sent, lower-case hexadecimal: its name. */
  readonly sha256: string;
  /** Bytes of the part as it is sent. */
  readonly bytes: number;
  /** Bytes of its files. */
  readonly unpacked: number;
  readonly files: number;
  /** For people: the path of its only file, or a directory that all are in, which ends in a slash. */
  readonly label: string;
  readonly class: PartClass;
}

/** What a publisher signs: the parts of an edition, in the order in which they matter. */
export interface EditionIndex {
  /** Of the bundle. */
  readonly name: string;
  readonly sequence: number;
  /** SHA-256 of the public key that follows the publisher's present one, lower-case hexadecimal. */
  readonly nextKey?: string;
  readonly parts: readonly IndexPart[];
}

export interface IndexLimits {
  /** The most that the index may have unpacked, bytes. */
  readonly maxBytes: number;
  readonly maxParts: number;
}

const FORMAT = 'datacast edition';
const VERSION = 1;
const LEVEL = 19;
const SHA256 = /^[0-9a-f]{64}$/;
/** As in the trusted comment of its signature: 1 to 200 characters on one line. */
const NAME = /^\S.{0,199}$/u;
/** A path, or one with a slash behind it. */
const MAX_LABEL = 1025;
const NOT_TEXT = /[\p{Cc}\p{Surrogate}\u2028\u2029]/u;

/** The index as it is sent: zstd of JSON, one part a line. @throws EditionError when it says what no index may say */
export async function encodeIndex({ name, sequence, nextKey, parts }: EditionIndex): Promise<Uint8Array> {
  const head = JSON.stringify({ format: FORMAT, version: VERSION, name, sequence, nextKey }).slice(0, -1);
  const lines = parts.map(({ sha256, bytes, unpacked, files, label, class: partClass }) =>
    JSON.stringify({ sha256, bytes, unpacked, files, label, class: partClass }),
  );
  const text = `${head},"parts":[\n${lines.join(',\n')}\n]}\n`;
  parseIndex(JSON.parse(text), Number.POSITIVE_INFINITY);
  return collect(compress([utf8Encode(text)], { level: LEVEL }));
}

/**
 * Reads an index as it was sent. Members that it does not know are left out.
 *
 * @throws EditionError when it is damaged, larger than the limits, or says what no index may say
 */
export async function decodeIndex(
  object: Uint8Array,
  { maxBytes, maxParts }: IndexLimits,
): Promise<EditionIndex> {
  if (object.length > maxBytes) {
    throw new EditionError(`The index has ${object.length} bytes; ${maxBytes} are allowed.`);
  }
  return parseIndex(parseJson(await unpack(object, maxBytes)), maxParts);
}

/** Compares an index with what its signature and its table say. @throws EditionError unless it is of that edition */
export function requireEdition(index: EditionIndex, expected: { name: string; sequence: number }): void {
  if (index.name === expected.name && index.sequence === expected.sequence) return;
  throw new EditionError(
    `The index is of edition ${formatSequence(index.sequence)} of ${printable(index.name)}, its signature of edition ${formatSequence(expected.sequence)} of ${printable(expected.name)}.`,
  );
}

async function unpack(object: Uint8Array, maxSize: number): Promise<Uint8Array> {
  try {
    return await collect(decompress([object], { maxSize }));
  } catch (error) {
    if (error instanceof ZstdError) throw damaged(error.message);
    throw error;
  }
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(copyBytes(piece));
  return concatBytes(...pieces);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes));
  } catch (error) {
    if (error instanceof BytesError || error instanceof SyntaxError) throw damaged('It is no JSON.');
    throw error;
  }
}

function parseIndex(value: unknown, maxParts: number): EditionIndex {
  const { format, version, name, sequence, nextKey, parts } = requireObject(value);
  if (format !== FORMAT) throw damaged(`It does not say "${FORMAT}".`);
  if (version !== VERSION) {
    const found = typeof version === 'number' ? `version ${version}` : 'no version';
    throw new EditionError(`The index has ${found}; this program knows version ${VERSION}: get a newer one.`);
  }
  if (typeof name !== 'string' || !NAME.test(name) || NOT_TEXT.test(name)) throw damaged('It has no name.');
  if (!isCount(sequence)) throw damaged('It has no sequence number.');
  if (nextKey !== undefined && !isSha256(nextKey)) throw damaged('Its nextKey is no SHA-256.');
  if (!Array.isArray(parts)) throw damaged('It lists no parts.');
  if (parts.length > maxParts) {
    throw new EditionError(`The index lists ${parts.length} parts; ${maxParts} are allowed.`);
  }
  const index = { name, sequence, parts: parts.map(parsePart) };
  requireDistinct(index.parts);
  for (const key of ['bytes', 'unpacked', 'files'] as const) {
    const sum = index.parts.reduce((total, part) => total + part[key], 0);
    if (!isCount(sum)) throw damaged(`Its parts have ${sum} ${key} in all.`);
  }
  return nextKey === undefined ? index : { ...index, nextKey };
}

function parsePart(value: unknown): IndexPart {
  const { sha256, bytes, unpacked, files, label, class: partClass } = requireObject(value);
  if (!isSha256(sha256)) throw damaged('A part has no SHA-256.');
  if (!isCount(bytes) || bytes === 0) throw damaged(`The part ${sha256} has no size.`);
  if (!isCount(unpacked)) throw damaged(`The part ${sha256} has no unpacked size.`);
  if (!isCount(files)) throw damaged(`The part ${sha256} has no number of files.`);
  if (typeof label !== 'string' || label === '' || label.length > MAX_LABEL || NOT_TEXT.test(label)) {
    throw damaged(`The part ${sha256} has no label.`);
  }
  if (typeof partClass !== 'string') throw damaged(`The part ${sha256} has no class.`);
  // a class that a later version has is one of the others here
  const known = PART_CLASSES.find((each) => each === partClass) ?? 'other';
  return { sha256, bytes, unpacked, files, label, class: known };
}

function requireDistinct(parts: readonly IndexPart[]): void {
  const digests = new Set<string>();
  for (const { sha256 } of parts) {
    if (digests.has(sha256)) throw damaged(`It lists the part ${sha256} twice.`);
    digests.add(sha256);
  }
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('It is no JSON object.');
  return value as Record<string, unknown>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSha256(value: unknown): value is string {
  return typeof value === 'string' && SHA256.test(value);
}

function damaged(why: string): EditionError {
  return new EditionError(`The index is damaged. ${why}`);
}
