import type { SourceBlock } from '../../../codecs/fec/index.js';

/** The source blocks of an object. */
export interface SourceBlocks {
  readonly length: number;
  /** Kept in memory: pieces of blocks of one length. */
  readonly runs: number;
  /** Source symbols of all together. */
  readonly sourceSymbols: number;
  /** Undefined when there is none of this number. */
  at(sbn: number): SourceBlock | undefined;
}

/** Blocks of one length, one after the other. */
interface Run {
  readonly first: SourceBlock;
  length: number;
}

/** Takes memory for different lengths alone, of which there are few: anybody can announce an object of 65,536 blocks. */
export function createSourceBlocks(blocks: readonly SourceBlock[]): SourceBlocks {
  const runs: Run[] = [];
  let sourceSymbols = 0;
  for (const block of blocks) {
    const last = runs.at(-1);
    sourceSymbols += block.sourceSymbols;
    if (last !== undefined && isAlike(last.first, block)) last.length++;
    else runs.push({ first: block, length: 1 });
  }
  return {
    length: blocks.length,
    runs: runs.length,
    sourceSymbols,
    at(sbn) {
      for (const { first, length } of runs) {
        const place = sbn - first.sbn;
        if (place < length) return { ...first, sbn, offset: first.offset + place * first.byteLength };
      }
      return undefined;
    },
  };
}

function isAlike(a: SourceBlock, b: SourceBlock): boolean {
  return a.byteLength === b.byteLength && a.sourceSymbols === b.sourceSymbols;
}
