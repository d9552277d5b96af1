import { closeSync, openSync } from 'node:fs';
import type { FecScheme, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';
import { type OpenFile, readFully } from '../../../codecs/node/open-file.js';
import { type EsiRun, esiRuns, type Shard } from './shard.js';
import type { SymbolMemory } from './symbol-memory.js';

/** An object whose symbols are wanted. */
export interface SymbolSource {
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  /** The file that holds the transfer object. */
  readonly path: string;
  readonly memory: SymbolMemory;
}

/** An encoding symbol in its turn. */
export interface CarouselSymbol {
  /** Source block number. */
  readonly sbn: number;
  readonly esi: number;
  readonly symbol: Uint8Array;
}

/** The endless sequence of a block's symbols: source symbols first, then repair that was never sent. */
export interface BlockSymbols {
  /** Turn of the next symbol in the shard's sequence. */
  readonly turn: number;
  /** Symbols that are made and not sent. */
  readonly made: number;
  /**
   * How many symbols to make when `count` are wanted at once and `rest` soon, and repair is worth making in groups of
   * about `group`.
   */
  worthMaking(count: number, rest: number, group: number): number;
  /** Makes the next symbols when none is made, those of repair with one encoder, which is gone when this returns. */
  make(count: number): void;
  /** The symbol is there until the next one is made or taken. @throws RangeError when none is made */
  next(): CarouselSymbol;
  /** Gives the memory back; what is made and not sent is lost. */
  free(): void;
}

/**
 * @param firstTurn symbols of earlier turns were sent
 * @param phase 0..1: where in its group of repair symbols a block begins, so that blocks do not all need an encoder at once
 */
export function createBlockSymbols(
  source: SymbolSource,
  block: SourceBlock,
  shard: Shard,
  firstTurn: number,
  phase: number,
): BlockSymbols {
  const { scheme, parameters, memory } = source;
  const { symbolSize } = parameters;
  const esis = scheme.maxEsi(parameters, block) + 1;
  let turn = firstTurn;
  let ready: { readonly esis: readonly number[]; readonly bytes: Uint8Array } = NONE;
  let used = 0;
  let isFirstGroup = true;

  function free(): void {
    memory.give(ready.bytes);
    ready = NONE;
    used = 0;
  }

  /** Few symbols may wait for long: they need not hold the memory of many. */
  function shrink(): void {
    const rest = ready.bytes.subarray(used * symbolSize, ready.esis.length * symbolSize);
    if (SHRINK_FACTOR * memory.sizeFor(rest.length) > ready.bytes.length) return;
    const bytes = memory.take(rest.length);
    bytes.set(rest);
    const esis = ready.esis.slice(used);
    memory.give(ready.bytes);
    ready = { esis, bytes };
    used = 0;
  }

  const isSource = ({ firstEsi, count }: EsiRun) => firstEsi + count <= block.sourceSymbols;

  return {
    get turn() {
      return turn;
    },
    get made() {
      return ready.esis.length - used;
    },
    worthMaking(count, rest, group) {
      if (esiRuns(shard, esis, turn, count).every(isSource)) return count;
      const soon = count + rest;
      return isFirstGroup ? soon + Math.floor(group * phase) : Math.max(soon, group);
    },
    make(count) {
      const runs = esiRuns(shard, esis, turn, count);
      free();
      const bytes = memory.take(count * symbolSize);
      withFile(source.path, (file) => {
        const coded: { run: EsiRun; into: Uint8Array }[] = [];
        let offset = 0;
        for (const run of runs) {
          const into = bytes.subarray(offset, offset + run.count * symbolSize);
          offset += into.length;
          if (isSource(run)) readSource(file, block, symbolSize, run.firstEsi, into);
          else coded.push({ run, into });
        }
        if (coded.length === 0) return;
        isFirstGroup = false;
        encode(source, block, file, coded);
      });
      ready = { esis: runs.flatMap(esisOf), bytes };
    },
    next() {
      const esi = ready.esis[used];
      if (esi === undefined) throw new RangeError('No symbol of the block is made.');
      const symbol = ready.bytes.subarray(used * symbolSize, (used + 1) * symbolSize);
      turn++;
      used++;
      if (used === ready.esis.length) free();
      else shrink();
      return { sbn: block.sbn, esi, symbol };
    },
    free,
  };
}

/** So much more memory than is needed is given back. */
const SHRINK_FACTOR = 2;

const NONE = { esis: [], bytes: new Uint8Array(0) };

function esisOf({ firstEsi, count }: EsiRun): number[] {
  return Array.from({ length: count }, (_, i) => firstEsi + i);
}

/** Files are open only while they are read: an edition may have thousands of parts. */
function withFile(path: string, use: (file: OpenFile) => void): void {
  const file = { descriptor: openSync(path, 'r'), path };
  try {
    use(file);
  } finally {
    closeSync(file.descriptor);
  }
}

/** Source symbols stand in the object; the last one is padded with zeroes. */
function readSource(
  file: OpenFile,
  { offset, byteLength }: SourceBlock,
  symbolSize: number,
  firstEsi: number,
  into: Uint8Array,
): void {
  const start = firstEsi * symbolSize;
  const end = Math.min(start + into.length, byteLength);
  readFully(file, into.subarray(0, end - start), offset + start);
  into.fill(0, end - start);
}

function encode(
  { scheme, parameters, memory }: SymbolSource,
  block: SourceBlock,
  file: OpenFile,
  coded: readonly { readonly run: EsiRun; readonly into: Uint8Array }[],
): void {
  const bytes = memory.forBlock(block.byteLength);
  readFully(file, bytes, block.offset);
  const encoder = scheme.createBlockEncoder(parameters, block, bytes);
  try {
    for (const { run, into } of coded) encoder.symbols(run.firstEsi, run.count, into);
  } finally {
    encoder.free();
  }
}
