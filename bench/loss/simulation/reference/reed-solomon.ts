import type { SymbolCode } from '../code.js';
import { createShortCode, evenBlocks } from './repetition.js';

/** Symbols of a block over GF(2^8) at most, RFC 5510 section 6.2 (FEC Encoding ID 5). */
const FIELD_SYMBOLS = 255;

/** The k of (255, k) that leaves room for `fraction` repair symbols a source symbol. */
export function reedSolomonK(fraction: number): number {
  return Math.min(FIELD_SYMBOLS, Math.max(1, Math.round(FIELD_SYMBOLS / (1 + fraction))));
}

/**
 * Reference model: Reed-Solomon blocks (255, k) as NORM and FLUTE senders use them, RFC 5510. A maximum distance
 * separable code: any k symbols of a block rebuild it, which is all the model needs. A carousel has nothing but the
 * same 255 symbols of each block to send, pass after pass.
 *
 * @param symbols K over all blocks
 * @param fraction repair symbols a source symbol
 */
export function createReedSolomon(symbols: number, fraction: number, interleaved: boolean): SymbolCode {
  const k = reedSolomonK(fraction);
  const sourceSymbols = evenBlocks(symbols, k);
  const sent = sourceSymbols.map((count) => count + Math.round((count * (FIELD_SYMBOLS - k)) / k));
  const label = `Reed-Solomon (${FIELD_SYMBOLS},${k})`;
  return createShortCode({ name: 'reed-solomon', label }, sourceSymbols, sent, interleaved);
}

/** Source symbols of a block over GF(2^16), as NORM takes them when it is tuned for large files. */
const LONG_BLOCK = 1000;

/**
 * Reference model: Reed-Solomon over GF(2^16), RFC 5510 section 4 (FEC Encoding ID 2 with m = 16), which NORM has: blocks of up
 * to 1,000 source symbols. Longer ones are possible and slow: the time to decode a symbol grows with the block.
 *
 * @param symbols K over all blocks
 * @param fraction repair symbols a source symbol
 */
export function createLongReedSolomon(symbols: number, fraction: number, interleaved: boolean): SymbolCode {
  const sourceSymbols = evenBlocks(symbols, LONG_BLOCK);
  const sent = sourceSymbols.map((count) => count + Math.round(count * fraction));
  const label = `Reed-Solomon GF(2^16) (${LONG_BLOCK} + ${Math.round(LONG_BLOCK * fraction)})`;
  return createShortCode({ name: 'reed-solomon-16', label }, sourceSymbols, sent, interleaved);
}
