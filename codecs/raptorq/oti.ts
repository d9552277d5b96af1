/** RFC 6330 sections 3.3.2, 3.3.3 and 4.4.1: object transmission information and the partition of an object. */

import { RaptorQError } from './error.js';
import { MAX_SOURCE_SYMBOLS } from './systematic-indices.js';

export interface Oti {
  /** F, bytes of the object: 1..942,574,504,275. */
  readonly transferLength: number;
  /** T, bytes of a symbol: 1..65,535, a multiple of Al. */
  readonly symbolSize: number;
  /** Z, number of source blocks: 1..255. */
  readonly sourceBlocks: number;
  /** N, number of sub-blocks in each source block: 1..65,535. */
  readonly subBlocks: number;
  /** Al, symbol alignment in bytes: 1..255. */
  readonly alignment: number;
}

export interface SourceBlock {
  /** Source block number, 0..Z-1. */
  readonly sbn: number;
  /** Where the block begins in the object, and how many bytes of the object it holds (the last one is padded). */
  readonly offset: number;
  readonly byteLength: number;
  /** K, number of source symbols. */
  readonly sourceSymbols: number;
}

/** Bytes of the common and the scheme-specific object transmission information together. */
export const OTI_LENGTH = 12;
const MAX_TRANSFER_LENGTH = 942_574_504_275;

/** Throws a RaptorQError that names the first parameter which RFC 6330 section 4.4.1.2 does not allow. */
export function validateOti(oti: Oti): void {
  const { transferLength: f, symbolSize: t, sourceBlocks: z, subBlocks: n, alignment: al } = oti;
  const range = (name: string, value: number, low: number, high: number) => {
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new RaptorQError(`The ${name} is ${value}; RFC 6330 allows ${low} to ${high}.`);
    }
  };
  range('transfer length F', f, 1, MAX_TRANSFER_LENGTH);
  range('symbol size T', t, 1, 65_535);
  range('number of source blocks Z', z, 1, 255);
  range('number of sub-blocks N', n, 1, 65_535);
  range('symbol alignment Al', al, 1, 255);
  if (t % al !== 0) throw new RaptorQError(`The symbol size ${t} is not a multiple of the alignment ${al}.`);
  if (n > t / al)
    throw new RaptorQError(`${n} sub-blocks do not fit in symbols of ${t} bytes with alignment ${al}.`);
  const symbols = Math.ceil(f / t);
  if (z > symbols) throw new RaptorQError(`An object of ${symbols} symbols cannot make ${z} source blocks.`);
  const largest = Math.ceil(symbols / z);
  if (largest > MAX_SOURCE_SYMBOLS) {
    throw new RaptorQError(
      `A source block would have ${largest} symbols; RFC 6330 allows ${MAX_SOURCE_SYMBOLS}.`,
    );
  }
}

/** Reads the 8 bytes common and 4 bytes scheme-specific information. Throws RaptorQError. */
export function parseOti(bytes: Uint8Array): Oti {
  if (bytes.length < OTI_LENGTH) {
    throw new RaptorQError(
      `The object transmission information has ${bytes.length} bytes; it takes ${OTI_LENGTH}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, OTI_LENGTH);
  const oti = {
    transferLength: view.getUint32(0) * 256 + view.getUint8(4),
    symbolSize: view.getUint16(6),
    sourceBlocks: view.getUint8(8),
    subBlocks: view.getUint16(9),
    alignment: view.getUint8(11),
  };
  validateOti(oti);
  return oti;
}

/** The 12 bytes that parseOti reads. */
export function buildOti(oti: Oti): Uint8Array {
  validateOti(oti);
  const bytes = new Uint8Array(OTI_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(oti.transferLength / 256));
  view.setUint8(4, oti.transferLength % 256);
  view.setUint16(6, oti.symbolSize);
  view.setUint8(8, oti.sourceBlocks);
  view.setUint16(9, oti.subBlocks);
  view.setUint8(11, oti.alignment);
  return bytes;
}

/** Partition[I, J]: I cut in J parts, the first `longParts` of them one larger. RFC 6330 section 4.4.1.2. */
export function partition(i: number, j: number): { long: number; short: number; longParts: number } {
  const short = Math.floor(i / j);
  const longParts = i - short * j;
  return { long: longParts > 0 ? short + 1 : short, short, longParts };
}

/** Source block `sbn` of the object. Throws RaptorQError when there is none. */
export function sourceBlock(oti: Oti, sbn: number): SourceBlock {
  if (!Number.isInteger(sbn) || sbn < 0 || sbn >= oti.sourceBlocks) {
    throw new RaptorQError(`There is no source block ${sbn}; the object has ${oti.sourceBlocks}.`);
  }
  const { long, short, longParts } = partition(
    Math.ceil(oti.transferLength / oti.symbolSize),
    oti.sourceBlocks,
  );
  const before = sbn < longParts ? sbn * long : longParts * long + (sbn - longParts) * short;
  const sourceSymbols = sbn < longParts ? long : short;
  const offset = before * oti.symbolSize;
  const byteLength = Math.min(sourceSymbols * oti.symbolSize, oti.transferLength - offset);
  return { sbn, offset, byteLength, sourceSymbols };
}

/** All source blocks of the object. */
export function sourceBlocks(oti: Oti): SourceBlock[] {
  validateOti(oti);
  return Array.from({ length: oti.sourceBlocks }, (_, sbn) => sourceBlock(oti, sbn));
}
