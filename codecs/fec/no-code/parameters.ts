import { readUint, writeUint } from '../../bytes.js';
import { requireNumber } from '../attributes.js';
import { FecError } from '../error.js';
import { createFti, requireFti } from '../fti.js';
import type { ObjectParameters } from '../scheme.js';
import { MAX_BLOCK_SYMBOLS, MAX_BLOCKS, partition } from './partition.js';

/** FEC Encoding ID of Compact No-Code (RFC 5445 section 3). */
export const ENCODING_ID = 0;
const FTI_WORDS = 4;

/** FEC object transmission information of Compact No-Code (RFC 5445 section 3.2.2). */
export interface NoCodeParameters extends ObjectParameters {
  /** Bytes of the transfer object, below 2^48. */
  readonly transferLength: number;
  /** Bytes of an encoding symbol, 1..65,535. */
  readonly symbolSize: number;
  /** The most source symbols a source block may have, 1..2^32-1. */
  readonly maxSourceBlockLength: number;
}

/**
 * Checks the ranges of the fields, and that block and symbol numbers have room in 16 bits each.
 *
 * @throws FecError
 */
function validateParameters(p: NoCodeParameters): void {
  requireRange('transfer length', p.transferLength, 0, 2 ** 48 - 1);
  requireRange('encoding symbol length', p.symbolSize, 1, 0xffff);
  requireRange('maximum source block length', p.maxSourceBlockLength, 1, 0xffff_ffff);
  const { blocks, longerLength } = partition(p);
  if (blocks > MAX_BLOCKS || longerLength > MAX_BLOCK_SYMBOLS) {
    throw new FecError(
      `Compact No-Code numbers up to ${MAX_BLOCKS} blocks of ${MAX_BLOCK_SYMBOLS} symbols; an object of ` +
        `${p.transferLength} bytes would make ${blocks} blocks of up to ${longerLength} symbols of ${p.symbolSize} bytes.`,
    );
  }
}

/** RFC 5445 section 3.2.2. */
export function parseFti(extension: Uint8Array): NoCodeParameters {
  requireFti(extension, FTI_WORDS, 'Compact No-Code');
  const parameters = {
    encodingId: ENCODING_ID,
    transferLength: readUint(extension, 2, 6),
    symbolSize: readUint(extension, 10, 2),
    maxSourceBlockLength: readUint(extension, 12, 4),
  };
  validateParameters(parameters);
  return parameters;
}

/** RFC 5445 section 3.2.2. */
export function buildFti(p: NoCodeParameters): Uint8Array {
  validateParameters(p);
  const extension = createFti(FTI_WORDS);
  writeUint(extension, 2, 6, p.transferLength);
  writeUint(extension, 10, 2, p.symbolSize);
  writeUint(extension, 12, 4, p.maxSourceBlockLength);
  return extension;
}

const SYMBOL_LENGTH = 'FEC-OTI-Encoding-Symbol-Length';
const BLOCK_LENGTH = 'FEC-OTI-Maximum-Source-Block-Length';

/** RFC 6726 section 3.4.2. */
export function attributesFrom(p: NoCodeParameters): Record<string, string> {
  return { [BLOCK_LENGTH]: String(p.maxSourceBlockLength), [SYMBOL_LENGTH]: String(p.symbolSize) };
}

/** RFC 6726 section 3.4.2. */
export function parametersFrom(
  attributes: Readonly<Record<string, string>>,
  transferLength: number,
): NoCodeParameters {
  const parameters = {
    encodingId: ENCODING_ID,
    transferLength,
    symbolSize: requireNumber(attributes, SYMBOL_LENGTH, 0xffff),
    maxSourceBlockLength: requireNumber(attributes, BLOCK_LENGTH, 0xffff_ffff),
  };
  validateParameters(parameters);
  return parameters;
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new FecError(
      `The ${name} of Compact No-Code is a whole number from ${min} to ${max}, not ${value}.`,
    );
  }
}
