/**
 * RFC 6330 section 4.4.1.2: a source block is cut in N sub-blocks, each of them in K sub-symbols; symbol i is
 * sub-symbol i of every sub-block in turn. All sums of symbols act on each column of bytes alike, so sub-blocking
 * is only an order of bytes, and N = 1 is the case of one part.
 */

import { type Oti, partition } from './oti.js';

/** The bytes [at, at + size) of every symbol; symbol i has them at start + i * size of the source block. */
interface Part {
  readonly at: number;
  readonly size: number;
  readonly start: number;
}

export type SymbolLayout = readonly Part[];

export function symbolLayout(oti: Oti, sourceSymbols: number): SymbolLayout {
  const { long, short, longParts } = partition(oti.symbolSize / oti.alignment, oti.subBlocks);
  const parts: Part[] = [];
  let at = 0;
  for (let n = 0; n < oti.subBlocks; n++) {
    const size = (n < longParts ? long : short) * oti.alignment;
    parts.push({ at, size, start: at * sourceSymbols });
    at += size;
  }
  return parts;
}

/** Writes source symbol `i` of the block `source` to `into` at `offset`, zeroes where the block has ended. */
export function readSymbol(
  layout: SymbolLayout,
  source: Uint8Array,
  i: number,
  into: Uint8Array,
  offset: number,
): void {
  for (const { at, size, start } of layout) {
    const from = start + i * size;
    const piece = source.subarray(from, from + size);
    into.set(piece, offset + at);
    if (piece.length < size) into.fill(0, offset + at + piece.length, offset + at + size);
  }
}

/** Writes source symbol `i`, which stands in `symbols` at `offset`, to its place in the block; drops the padding. */
export function writeSymbol(
  layout: SymbolLayout,
  symbols: Uint8Array,
  offset: number,
  i: number,
  block: Uint8Array,
): void {
  for (const { at, size, start } of layout) {
    const to = start + i * size;
    const length = Math.min(size, block.length - to);
    if (length > 0) block.set(symbols.subarray(offset + at, offset + at + length), to);
  }
}
