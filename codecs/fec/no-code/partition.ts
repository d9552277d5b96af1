import type { SourceBlock } from '../scheme.js';

/** Source block numbers have 16 bits (RFC 5445 section 3.2.1). */
export const MAX_BLOCKS = 65_536;
/** Encoding symbol IDs have 16 bits. */
export const MAX_BLOCK_SYMBOLS = 65_536;

/** What tells how an object is cut. */
export interface PartitionedObject {
  readonly transferLength: number;
  readonly symbolSize: number;
  readonly maxSourceBlockLength: number;
}

/** An object cut into blocks whose lengths differ by one symbol at most; lengths in symbols. */
export interface Partition {
  readonly blocks: number;
  /** How many blocks at the start have the longer length. */
  readonly longerBlocks: number;
  readonly longerLength: number;
  readonly shorterLength: number;
}

/** The block partitioning algorithm (RFC 5052 section 9.1). */
export function partition(p: PartitionedObject): Partition {
  const symbols = Math.ceil(p.transferLength / p.symbolSize);
  const blocks = Math.ceil(symbols / p.maxSourceBlockLength);
  if (blocks === 0) return { blocks, longerBlocks: 0, longerLength: 0, shorterLength: 0 };
  const shorterLength = Math.floor(symbols / blocks);
  return {
    blocks,
    longerBlocks: symbols - shorterLength * blocks,
    longerLength: Math.ceil(symbols / blocks),
    shorterLength,
  };
}

/** The source blocks of a valid object, in the order of their numbers; none for an empty one. */
export function sourceBlocks(p: PartitionedObject): SourceBlock[] {
  const { blocks, longerBlocks, longerLength, shorterLength } = partition(p);
  const list: SourceBlock[] = [];
  let offset = 0;
  for (let sbn = 0; sbn < blocks; sbn++) {
    const sourceSymbols = sbn < longerBlocks ? longerLength : shorterLength;
    const byteLength = Math.min(sourceSymbols * p.symbolSize, p.transferLength - offset);
    list.push({ sbn, offset, byteLength, sourceSymbols });
    offset += byteLength;
  }
  return list;
}
