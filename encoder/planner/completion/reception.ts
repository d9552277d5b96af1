import type { ChainModel, Channel, FrameModel, RainFade, StructuredModel } from '../question/model.js';
import { createClearTime } from '../rain/clear-time.js';
import type { Blocks } from './blocks.js';
import { missedTable } from './chernoff.js';
import {
  type Completion,
  completionSteps,
  independentCompletion,
  independentTableCompletion,
  interleavedCompletion,
  tableCompletion,
  tableSteps,
} from './completion.js';
import type { Effort } from './effort.js';
import { framesOf, framesTakeAtMost } from './frames.js';
import { MPE_OVERHEAD, TS_PAYLOAD } from './sections.js';
import { completeIfSpared, neededTables } from './spared.js';
import { fadingChannel, gilbertChannel, symbolChain, type TwoState } from './two-state.js';
import { windowCompletion } from './windows.js';

/** How densely a transmission is laid out in time; the same at every moment of it. */
export interface Layout {
  readonly blocks: Blocks;
  /** Source symbols of the file delivery table. */
  readonly tableSymbols: number;
  /** From one symbol of a block to its next, that is a round of all blocks, in datagrams. */
  readonly roundDatagrams: number;
  /** From one datagram of the table to the next, in datagrams. */
  readonly tableDatagrams: number;
  /** Mean time from one datagram to the next. */
  readonly datagramSeconds: number;
  /** Bytes of a datagram of the object, UDP payload. */
  readonly datagramLength: number;
}

/** The probability that all is rebuilt from a part of the transmission with so many symbols of each block and tables. */
export type Reception = (symbols: number, tables: number) => number;

/** Differences of distances that should be nothing. */
const ROUNDING = 1e-9;

/** What a part of a transmission gives a receiver of the channel, whatever the moment it begins at. */
export function createReception(
  { independentLoss, structure }: Channel,
  layout: Layout,
  effort: Effort,
): Reception {
  const { blocks, tableSymbols, roundDatagrams, tableDatagrams, datagramSeconds } = layout;
  const independentTable = independentTableCompletion(tableSymbols, independentLoss);
  if (structure === undefined || isHarmless(structure)) {
    return together(independentCompletion(blocks, independentLoss), independentTable);
  }
  if (structure.model === 'pass') {
    const { periodSeconds, windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = structure;
    const length = edgeLoss > 0 ? windowSeconds - 2 * edgeSeconds : windowSeconds;
    const completion = windowCompletion(
      blocks,
      independentTable,
      { period: periodSeconds, length },
      { symbolSeconds: roundDatagrams * datagramSeconds, tableSeconds: tableDatagrams * datagramSeconds },
      independentLoss,
    );
    return (symbols) => completion(symbols);
  }
  if (structure.model === 'rain-fade') return throughFades(structure, layout, independentLoss, effort);
  if (structure.model === 'dvb-s2') return throughFrames(structure, layout, independentLoss, effort);
  const { channel, perDatagram, span, isShared } = sampling(structure, layout);
  // Neighbours with a packet in common stay neighbours, but for the few with a table between them.
  const round = perDatagram * (isShared ? blocks.count : roundDatagrams);
  // A symbol of no length is its own first moment, which comes one datagram after the last of the round before.
  const first = isShared ? 0 : Math.min(perDatagram, round);
  const chainOf = (distance: number) => {
    const gap = distance - span;
    return symbolChain(channel, gap > ROUNDING * distance ? gap : 0, span, independentLoss);
  };
  return together(
    interleavedCompletion(
      blocks,
      chainOf(round),
      Array.from({ length: blocks.count - 1 }, (_, index) => {
        const ahead = ((index + 1) / blocks.count) * round;
        return { ahead: chainOf(ahead), back: chainOf(round - ahead) };
      }),
      symbolChain(channel, first, Math.max(0, round - first), 0),
      independentLoss,
      effort,
    ),
    tableCompletion(tableSymbols, chainOf(tableDatagrams * perDatagram), effort),
    missedTable(blocks, chainOf(perDatagram), tableDatagrams - 1, tableSteps(tableSymbols), effort),
  );
}

/**
 * Blocks and table at once, the larger of two lower bounds: the product, as more of the one never comes with less of the
 * other (see `interleavedCompletion`), and what remains of the blocks without the cases in which the table alone is missed.
 */
function together(blocks: Completion, table: Completion, missed?: Completion): Reception {
  return (symbols, tables) => {
    const all = blocks(symbols);
    return all === 0 ? 0 : Math.max(all * table(tables), missed === undefined ? 0 : all - missed(tables));
  };
}

/**
 * Blocks and table through fades of rain, which are the same for all of them: fades may take what the one of them has to spare
 * that has least. Each counts a round longer, or a table's distance where that is more, for what it breaks off.
 */
function throughFades(fades: RainFade, layout: Layout, independentLoss: number, effort: Effort): Reception {
  const { blocks, tableSymbols, roundDatagrams, tableDatagrams, datagramSeconds } = layout;
  const clearTime = createClearTime(fades, effort);
  const round = roundDatagrams * datagramSeconds;
  const tableSeconds = tableDatagrams * datagramSeconds;
  const steps = completionSteps(blocks, independentLoss);
  const tableSteps = neededTables(tableSymbols, independentLoss);
  const last = tableSteps.at(-1)!.needed;
  const received = tableSteps.reduce((sum, { weight }) => sum + weight, 0);
  return (symbols, tables) =>
    steps.reduce((sum, { needed, weight }) => {
      const spare = Math.min((symbols - needed) * round, (tables - last) * tableSeconds);
      if (spare < 0) return sum;
      const clear = clearTime(symbols * round - spare, { faded: spare, lost: Math.max(round, tableSeconds) });
      return sum + weight * received * clear;
    }, 0);
}

/** Blocks and table by their product: more of the one never comes with less of the other, as frames are independent. */
function throughFrames(
  model: FrameModel,
  layout: Layout,
  independentLoss: number,
  effort: Effort,
): Reception {
  const { blocks, tableSymbols, roundDatagrams, tableDatagrams } = layout;
  const frames = framesOf(model, layout);
  const spared = (distance: number) => (symbols: number, allowed: number) =>
    framesTakeAtMost(frames, { row: 1, distance }, symbols, allowed, effort);
  const { sourceSymbols, count } = blocks;
  const block = completeIfSpared(
    completionSteps({ count: 1, sourceSymbols }, independentLoss),
    spared(roundDatagrams),
  );
  const table = completeIfSpared(neededTables(tableSymbols, independentLoss), spared(tableDatagrams));
  return together((symbols) => block(symbols) ** count, table);
}

/** True when nothing is lost by it. */
export function isHarmless(structure: StructuredModel): boolean {
  switch (structure.model) {
    case 'rain-fade':
      return structure.share === 0 || structure.lossInFade === 0;
    case 'shadowing':
      return structure.share === 0;
    case 'pass':
      return false;
    default:
      return structure.loss === 0;
  }
}

/** How datagrams lie on a channel with memory. */
export interface Sampling {
  readonly channel: TwoState;
  /** Units of the channel from one datagram to the next. */
  readonly perDatagram: number;
  /** Units of the channel that a datagram takes beyond its first. */
  readonly span: number;
  /** The first unit of a datagram is the last of the one before. */
  readonly isShared: boolean;
}

/** How datagrams lie on the units of the channel: they are the units, points in time, or rows of shared packets. */
export function sampling(
  structure: ChainModel,
  layout: Pick<Layout, 'datagramSeconds' | 'datagramLength'>,
): Sampling {
  switch (structure.model) {
    case 'gilbert-elliott':
      return {
        channel: gilbertChannel(structure.loss, structure.burst),
        perDatagram: 1,
        span: 0,
        isShared: false,
      };
    case 'shadowing':
      return {
        channel: fadingChannel(structure.share, structure.meanSeconds),
        perDatagram: layout.datagramSeconds,
        span: 0,
        isShared: false,
      };
    case 'recorder': {
      const { loss, burst = 1 / (1 - loss) } = structure;
      const packets = (layout.datagramLength + MPE_OVERHEAD) / TS_PAYLOAD;
      return {
        channel: gilbertChannel(loss, burst),
        perDatagram: packets,
        span: packets,
        isShared: true,
      };
    }
  }
}

/** Seconds of a transmission that the receiver misses at its beginning and at its end, however long it is. */
export function cutSeconds({ structure }: Channel, airtime: number): { start: number; end: number } {
  if (structure?.model !== 'recorder') return { start: 0, end: 0 };
  const { startSeconds = 0, endSeconds = 0, durationSeconds } = structure;
  const end =
    durationSeconds === undefined ? endSeconds : Math.max(0, airtime - durationSeconds + endSeconds);
  return { start: startSeconds, end };
}
