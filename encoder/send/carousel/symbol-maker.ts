import type { BlockEncoder, FecScheme, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';
import { type OpenFile, readFully } from '../../../codecs/node/open-file.js';
import { type EsiRun, esiRuns, type Shard } from './shard.js';

/** An object whose symbols are wanted. */
export interface SymbolSource {
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  readonly blocks: readonly SourceBlock[];
  /** The transfer object. */
  readonly file: OpenFile;
}

/** Makes the symbols of an object's blocks. */
export interface SymbolMaker {
  /** Symbols worth making at a time of each block: many where making the first one is dear. */
  readonly groupSymbols: number;
  /** The symbols at positions `from` to `from + count` of the shard's sequence, one after the other. */
  symbols(block: SourceBlock, from: number, count: number): { runs: EsiRun[]; bytes: Uint8Array };
  free(): void;
}

/** An encoder holds the block, and about twice as much in WebAssembly. */
const ENCODER_COST = 3.2;
/** Bytes that an encoder takes at least. */
const ENCODER_BYTES = 2 * 2 ** 20;
/** Symbols of all blocks together that are made at a time where encoders are kept. */
const KEPT_GROUP = 256;

/**
 * Keeps an encoder for each block when all of them fit in the memory limit. Otherwise an encoder is made anew for each
 * group of symbols, and groups are as large as the limit allows: two of each block are held at a time.
 *
 * @param memoryLimit bytes
 */
export function createSymbolMaker(source: SymbolSource, shard: Shard, memoryLimit: number): SymbolMaker {
  const { scheme, parameters, blocks, file } = source;
  const { symbolSize } = parameters;
  const encoders = new Map<number, BlockEncoder>();
  const needed = blocks.reduce((sum, { byteLength }) => sum + ENCODER_BYTES + ENCODER_COST * byteLength, 0);
  const isKept = needed <= memoryLimit;
  const group = isKept
    ? Math.floor(KEPT_GROUP / blocks.length)
    : Math.floor(memoryLimit / (2 * blocks.length * symbolSize));

  function createEncoder(block: SourceBlock): BlockEncoder {
    const bytes = new Uint8Array(block.byteLength);
    readFully(file, bytes, block.offset);
    return scheme.createBlockEncoder(parameters, block, bytes);
  }

  function withEncoder(block: SourceBlock, use: (encoder: BlockEncoder) => void): void {
    const kept = encoders.get(block.sbn);
    const encoder = kept ?? createEncoder(block);
    if (isKept) encoders.set(block.sbn, encoder);
    try {
      use(encoder);
    } finally {
      if (!isKept) encoder.free();
    }
  }

  /** Source symbols stand in the object; the last one is padded with zeroes. */
  function readSource(
    { offset, byteLength }: SourceBlock,
    { firstEsi, count }: EsiRun,
    into: Uint8Array,
  ): void {
    const start = firstEsi * symbolSize;
    const end = Math.min(start + count * symbolSize, byteLength);
    readFully(file, into.subarray(0, end - start), offset + start);
  }

  return {
    groupSymbols: Math.max(1, group),
    symbols(block, from, count) {
      const runs = esiRuns(shard, scheme.maxEsi(parameters, block) + 1, from, count);
      const bytes = new Uint8Array(count * symbolSize);
      const isSource = ({ firstEsi, count }: EsiRun) => firstEsi + count <= block.sourceSymbols;
      const places: { run: EsiRun; into: Uint8Array }[] = [];
      let offset = 0;
      for (const run of runs) {
        const into = bytes.subarray(offset, offset + run.count * symbolSize);
        offset += into.length;
        if (isSource(run)) readSource(block, run, into);
        else places.push({ run, into });
      }
      if (places.length > 0) {
        withEncoder(block, (encoder) => {
          for (const { run, into } of places) into.set(encoder.symbols(run.firstEsi, run.count));
        });
      }
      return { runs, bytes };
    },
    free() {
      for (const encoder of encoders.values()) encoder.free();
      encoders.clear();
    },
  };
}
