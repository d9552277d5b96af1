import type { SourceBlock } from '../../../codecs/fec/index.js';
import type { EsiRun } from './shard.js';
import type { SymbolMaker } from './symbol-maker.js';

/** An encoding symbol in its turn. */
export interface CarouselSymbol {
  /** Source block number. */
  readonly sbn: number;
  readonly esi: number;
  readonly symbol: Uint8Array;
}

/** The endless sequence of an object's symbols. */
export interface Carousel {
  /** Turn of the next symbol: in each turn every block sends one, all at the same position of their sequences. */
  readonly turn: number;
  /** Passes that have been completed since the carousel was started. */
  readonly passes: number;
  /** Turns of a pass. */
  readonly passTurns: number;
  /** The first turn of which nothing has been sent. */
  readonly nextFreshTurn: number;
  /** True when the next symbol is the first of a pass. */
  readonly isBetweenPasses: boolean;
  next(): CarouselSymbol;
  /** Makes a part of what the first turns need, so that they do not wait for all of it at once; false when it is made. */
  makeReady(): boolean;
  free(): void;
}

interface Group {
  /** First turn. */
  readonly from: number;
  readonly count: number;
  /** By block, for as many as are made. */
  readonly made: { readonly esis: readonly number[]; readonly bytes: Uint8Array }[];
}

export interface CarouselOptions {
  readonly blocks: readonly SourceBlock[];
  /** Repair symbols of each block in a pass. */
  readonly repair: readonly number[];
  /** Bytes of a symbol. */
  readonly symbolSize: number;
  readonly maker: SymbolMaker;
  /** Turn to begin with: the symbols of earlier ones have been sent. */
  readonly firstTurn: number;
}

/**
 * Takes turns over the blocks, so that a burst of losses hits all evenly. A pass has as many symbols of each block as
 * the largest has source and repair symbols, and each pass goes on where the one before it has ended: the first ever sends
 * the source symbols and then repair, later ones fresh repair symbols. While one group of symbols is sent the next one is
 * made, block after block.
 */
export function createCarousel({ blocks, repair, symbolSize, maker, firstTurn }: CarouselOptions): Carousel {
  const passTurns = blocks.reduce(
    (most, { sourceSymbols }, i) => Math.max(most, sourceSymbols + repair[i]!),
    1,
  );
  let current = startGroup(firstTurn);
  let following = startGroup(firstTurn + current.count);
  let turn = firstTurn;
  let block = 0;

  function startGroup(from: number): Group {
    return { from, count: maker.groupSymbols, made: [] };
  }

  function makeOne({ from, count, made }: Group): void {
    const { runs, bytes } = maker.symbols(blocks[made.length]!, from, count);
    made.push({ esis: runs.flatMap(esisOf), bytes });
  }

  function advance(): void {
    block++;
    if (block < blocks.length) return;
    block = 0;
    turn++;
    if (turn < current.from + current.count) return;
    current = following;
    following = startGroup(current.from + current.count);
  }

  /** As much of the next group is made as of this one is sent, so that no turn waits for long. */
  function makeAhead(): void {
    const sent = ((turn - current.from) * blocks.length + block + 1) / current.count;
    while (following.made.length < Math.min(Math.floor(sent), blocks.length)) makeOne(following);
  }

  return {
    get turn() {
      return turn;
    },
    get passes() {
      return Math.floor((turn - firstTurn) / passTurns);
    },
    passTurns,
    get nextFreshTurn() {
      return block === 0 ? turn : turn + 1;
    },
    get isBetweenPasses() {
      return block === 0 && (turn - firstTurn) % passTurns === 0;
    },
    makeReady() {
      if (current.made.length < blocks.length) makeOne(current);
      return current.made.length < blocks.length;
    },
    next() {
      while (current.made.length <= block) makeOne(current);
      const { esis, bytes } = current.made[block]!;
      const index = turn - current.from;
      const symbol = bytes.subarray(index * symbolSize, (index + 1) * symbolSize);
      const result = { sbn: blocks[block]!.sbn, esi: esis[index]!, symbol };
      makeAhead();
      advance();
      return result;
    },
    free: maker.free,
  };
}

function esisOf({ firstEsi, count }: EsiRun): number[] {
  return Array.from({ length: count }, (_, i) => firstEsi + i);
}
