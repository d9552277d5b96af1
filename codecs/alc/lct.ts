import { readUint, writeUint } from '../bytes.js';
import { LctError } from './error.js';

/** LCT version (RFC 5651 section 5.1). */
const VERSION = 1;
/** Bytes before the congestion control information. */
const FIRST_WORD = 4;
/** HDR_LEN counts 32-bit words in 8 bits. */
export const MAX_LCT_HEADER_LENGTH = 255 * 4;
/** Extensions from this type on are one word and carry no length (RFC 5651 section 5.2). */
const FIRST_FIXED_LENGTH_TYPE = 128;

/** Where a header extension stands in its datagram. */
export interface HeaderExtension {
  /** Header extension type, 0..255. */
  readonly het: number;
  /** Byte offset of the HET field in the datagram. */
  readonly offset: number;
  /** Bytes, HET and HEL included; a multiple of 4. */
  readonly length: number;
}

/** The LCT header of a datagram (RFC 5651 section 5.1). */
export interface LctHeader {
  /** Protocol-specific indication, 0..3. */
  readonly psi: number;
  /** A: no more datagrams of this session follow. */
  readonly closeSession: boolean;
  /** B: no more datagrams of this object follow. */
  readonly closeObject: boolean;
  /** Bytes of the congestion control information, which begins at offset 4: 4, 8, 12 or 16. */
  readonly cciLength: number;
  /** Transport session identifier, below 2^48; undefined when the header has none. */
  readonly tsi: number | undefined;
  /** Transport object identifier, at most 2^53-1; undefined when the header has none. */
  readonly toi: number | undefined;
  readonly codepoint: number;
  /** Header extensions in their order, unknown ones included. */
  readonly extensions: readonly HeaderExtension[];
  /** Bytes of the header, extensions included. */
  readonly headerLength: number;
}

const NO_EXTENSIONS: readonly HeaderExtension[] = Object.freeze([]);

/**
 * Parses the LCT header at the start of a datagram (RFC 5651 section 5.1). Reserved bits are ignored.
 *
 * @throws LctError when the header does not fit in the datagram, contradicts itself, or its TOI exceeds 2^53-1
 */
export function parseLct(datagram: Uint8Array): LctHeader {
  if (datagram.length < FIRST_WORD) {
    throw new LctError(`An LCT header has at least 8 bytes; the datagram has ${datagram.length}.`);
  }
  const first = datagram[0]!;
  const flags = datagram[1]!;
  if (first >> 4 !== VERSION) {
    throw new LctError(`LCT version ${first >> 4} at offset 0; only version ${VERSION} is known.`);
  }
  const cciLength = 4 * (((first >> 2) & 3) + 1);
  const halfWord = 2 * ((flags >> 4) & 1);
  const tsiLength = 4 * (flags >> 7) + halfWord;
  const toiLength = 4 * ((flags >> 5) & 3) + halfWord;
  const headerLength = 4 * datagram[2]!;

  const tsiOffset = FIRST_WORD + cciLength;
  const toiOffset = tsiOffset + tsiLength;
  const extensionsOffset = toiOffset + toiLength;
  if (headerLength < extensionsOffset) {
    throw new LctError(
      `HDR_LEN at offset 2 says ${headerLength} bytes, but the fields announced by the flags need ${extensionsOffset}.`,
    );
  }
  if (headerLength > datagram.length) {
    throw new LctError(
      `HDR_LEN at offset 2 says ${headerLength} bytes, but the datagram ends after ${datagram.length}.`,
    );
  }
  return {
    psi: first & 3,
    closeSession: (flags & 2) !== 0,
    closeObject: (flags & 1) !== 0,
    cciLength,
    tsi: tsiLength === 0 ? undefined : readUint(datagram, tsiOffset, tsiLength),
    toi: toiLength === 0 ? undefined : readToi(datagram, toiOffset, toiLength),
    codepoint: datagram[3]!,
    extensions:
      extensionsOffset === headerLength
        ? NO_EXTENSIONS
        : listExtensions(datagram, extensionsOffset, headerLength),
    headerLength,
  };
}

/** The first extension of a type, or undefined. */
export function findExtension(lct: LctHeader, het: number): HeaderExtension | undefined {
  for (const extension of lct.extensions) if (extension.het === het) return extension;
  return undefined;
}

/** What `buildLct` writes. */
export interface LctFields {
  /** Transport session identifier, below 2^48. */
  readonly tsi?: number;
  /** Transport object identifier, at most 2^53-1. */
  readonly toi?: number;
  readonly codepoint: number;
  /** Protocol-specific indication, 0..3; 0 by default. */
  readonly psi?: number;
  /** A flag. */
  readonly closeSession?: boolean;
  /** B flag. */
  readonly closeObject?: boolean;
  /** Congestion control information of 4, 8, 12 or 16 bytes; 4 zeroes by default. */
  readonly cci?: Uint8Array;
  /** Bytes of the TSI field: 0, 2, 4 or 6. By default the fewest that hold TSI and TOI together. */
  readonly tsiLength?: number;
  /** Bytes of the TOI field: 0, 2, 4, ... 14; both lengths or neither are divisible by 4. */
  readonly toiLength?: number;
}

/**
 * Builds an LCT header (RFC 5651 section 5.1).
 *
 * @param extensions whole header extensions, HET first, in the order to send them
 * @throws LctError when a number does not fit its field or the header exceeds 1,020 bytes
 */
export function buildLct(fields: LctFields, extensions: readonly Uint8Array[] = []): Uint8Array {
  const cciLength = fields.cci?.length ?? 4;
  if (cciLength % 4 !== 0 || cciLength < 4 || cciLength > 16) {
    throw new LctError(`Congestion control information has 4, 8, 12 or 16 bytes, not ${cciLength}.`);
  }
  requireRange('codepoint', fields.codepoint, 255);
  requireRange('PSI', fields.psi ?? 0, 3);
  const { tsiLength, toiLength } = fieldLengths(fields);

  const extensionsOffset = FIRST_WORD + cciLength + tsiLength + toiLength;
  let headerLength = extensionsOffset;
  for (const extension of extensions) headerLength += extension.length;
  if (headerLength > MAX_LCT_HEADER_LENGTH) {
    throw new LctError(
      `The LCT header would have ${headerLength} bytes; ${MAX_LCT_HEADER_LENGTH} are allowed.`,
    );
  }

  const header = new Uint8Array(headerLength);
  header[0] = (VERSION << 4) | ((cciLength / 4 - 1) << 2) | (fields.psi ?? 0);
  header[1] =
    ((tsiLength >> 2) << 7) |
    ((toiLength >> 2) << 5) |
    ((toiLength & 2) << 3) |
    (fields.closeSession ? 2 : 0) |
    (fields.closeObject ? 1 : 0);
  header[2] = headerLength / 4;
  header[3] = fields.codepoint;
  if (fields.cci) header.set(fields.cci, FIRST_WORD);
  if (tsiLength > 0) writeUint(header, FIRST_WORD + cciLength, tsiLength, fields.tsi!);
  if (toiLength > 0) writeUint(header, FIRST_WORD + cciLength + tsiLength, toiLength, fields.toi!);

  let offset = extensionsOffset;
  for (const extension of extensions) {
    header.set(extension, offset);
    const stated = extensionLength(header, offset, headerLength);
    if (stated !== extension.length) {
      throw new LctError(
        `Header extension ${extension[0]} states ${stated} bytes, but has ${extension.length}.`,
      );
    }
    offset += extension.length;
  }
  return header;
}

/** A TOI of up to 112 bits, of which 53 may be used. */
function readToi(datagram: Uint8Array, offset: number, byteLength: number): number {
  let value = 0;
  for (let i = offset; i < offset + byteLength; i++) {
    value = value * 256 + datagram[i]!;
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new LctError(`The TOI at offset ${offset} exceeds 2^53-1; such identifiers are not supported.`);
    }
  }
  return value;
}

/** RFC 5651 section 5.2. */
function listExtensions(datagram: Uint8Array, from: number, headerLength: number): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  for (let offset = from; offset < headerLength; ) {
    const length = extensionLength(datagram, offset, headerLength);
    extensions.push({ het: datagram[offset]!, offset, length });
    offset += length;
  }
  return extensions;
}

function extensionLength(datagram: Uint8Array, offset: number, headerLength: number): number {
  const het = datagram[offset]!;
  const length = het >= FIRST_FIXED_LENGTH_TYPE ? 4 : 4 * datagram[offset + 1]!;
  if (length === 0) throw new LctError(`Header extension ${het} at offset ${offset} states a length of 0.`);
  if (offset + length > headerLength) {
    throw new LctError(
      `Header extension ${het} at offset ${offset} has ${length} bytes, but the header ends at ${headerLength}.`,
    );
  }
  return length;
}

/** The lengths asked for, checked; by default the shortest that share one H flag and hold both numbers. */
function fieldLengths(fields: LctFields): { tsiLength: number; toiLength: number } {
  const tsiNeeded = bytesNeeded('TSI', fields.tsi, 2 ** 48 - 1);
  const toiNeeded = bytesNeeded('TOI', fields.toi, Number.MAX_SAFE_INTEGER);
  const even = { tsiLength: roundUp(tsiNeeded, 0), toiLength: roundUp(toiNeeded, 0) };
  const odd = { tsiLength: roundUp(tsiNeeded, 2), toiLength: roundUp(toiNeeded, 2) };
  // A field that is absent must stay absent: a receiver would take its zero for a number.
  const absent = fields.tsi === undefined || fields.toi === undefined;
  const oddIsShorter = odd.tsiLength + odd.toiLength < even.tsiLength + even.toiLength;
  const fewest = even.tsiLength > 4 || (oddIsShorter && !absent) ? odd : even;

  const tsiLength = fields.tsiLength ?? fewest.tsiLength;
  const toiLength = fields.toiLength ?? fewest.toiLength;
  const legal =
    tsiLength % 2 === 0 &&
    toiLength % 2 === 0 &&
    tsiLength % 4 === toiLength % 4 &&
    tsiLength >= 0 &&
    tsiLength <= 6 &&
    toiLength >= 0 &&
    toiLength <= 14;
  if (!legal) {
    throw new LctError(`No LCT header has a TSI of ${tsiLength} bytes and a TOI of ${toiLength} bytes.`);
  }
  requireFits('TSI', fields.tsi, tsiNeeded, tsiLength);
  requireFits('TOI', fields.toi, toiNeeded, toiLength);
  return { tsiLength, toiLength };
}

/** The smallest length not below `needed` that is `remainder` modulo 4. */
function roundUp(needed: number, remainder: 0 | 2): number {
  return Math.max(0, Math.ceil((needed - remainder) / 4)) * 4 + remainder;
}

function bytesNeeded(name: string, value: number | undefined, max: number): number {
  if (value === undefined) return 0;
  requireRange(name, value, max);
  let bytes = 1;
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

function requireFits(name: string, value: number | undefined, needed: number, length: number): void {
  if ((value === undefined) !== (length === 0) || needed > length) {
    throw new LctError(`A ${name} of ${value ?? 'no value'} does not go with a field of ${length} bytes.`);
  }
}

function requireRange(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new LctError(`The ${name} is a whole number from 0 to ${max}, not ${value}.`);
  }
}
