import type { PartClass } from '../../../codecs/edition/index.js';
import type { Blocks } from '../completion/blocks.js';
import type { Effort } from '../completion/effort.js';
import type { Losses } from './chances/losses.js';
import { type Stream, symbolsHeard } from './stream.js';

/** How an object of an edition is sent. */
export interface Airing {
  readonly kind: 'index' | PartClass;
  readonly blocks: Blocks;
  /** Symbols of each block, without those of repetitions; in a time of its own (`DueTimes`). */
  readonly stream: Stream | undefined;
  /** Symbols of each block in repetitions, never the same again. */
  readonly repetition: Stream | undefined;
  /** Where repetitions come after all that is sent at first: the seconds of the pause before the first of them. */
  readonly pause?: number;
  /** Datagrams of the table that announces the object. */
  readonly table: Stream;
  /** Symbols that the table has. */
  readonly tableSymbols: number;
}

/** Streams of symbols are even in a time of their own. */
export interface DueTimes {
  /** Up to which time of it they are sent at a moment. */
  dueAt(seconds: number): number;
  /** The latest time that it can be, where `dueAt` is the earliest: what is due later was not missed. */
  dueFrom?(seconds: number): number;
}

/** The probability, at least, that all objects of a kind are rebuilt by whoever listens from one moment to another. */
export type Reception = (begin: number, end: number) => number;

/** What a look at an object takes, in steps. */
const LOOK_STEPS = 20;

/** That an object is rebuilt by whoever listens from one moment to another; and the same moments in the time of its stream. */
type ObjectReception = (begin: number, end: number, dueBegin: number, dueEnd: number) => number;

/**
 * Blocks and tables by their product, a table that announces several objects once. More of one never comes with less of another: losses of independent loss and of
 * two-state channels are associated (Esary, Proschan, Walkup 1967), so that the product is a lower bound.
 *
 * @returns the reception of some of the objects; what is known of one is kept for all
 */
export function createReceptions(
  { dueAt, dueFrom = dueAt }: DueTimes,
  losses: Losses,
  effort: Effort,
): (airings: readonly Airing[]) => Reception {
  const known = new Map<Airing, ObjectReception>();
  const receptionOf = (airing: Airing): ObjectReception => {
    const reception = known.get(airing) ?? objectReception(airing, losses);
    known.set(airing, reception);
    return reception;
  };
  const knownTables = new Map<Stream, Reception>();
  const tableReceptionOf = (airing: Airing): Reception => {
    const reception = knownTables.get(airing.table) ?? tableReception(airing, losses);
    knownTables.set(airing.table, reception);
    return reception;
  };
  return (airings) => {
    const objects = airings.map(receptionOf);
    const tables = [...new Set(airings.map(tableReceptionOf))];
    return (begin, end) => {
      const [dueBegin, dueEnd] = [dueFrom(begin), dueAt(end)];
      let all = 1;
      for (const table of tables) {
        all *= table(begin, end);
        if (all === 0) return 0;
      }
      for (const object of objects) {
        effort.spend(LOOK_STEPS);
        all *= object(begin, end, dueBegin, dueEnd);
        if (all === 0) return 0;
      }
      return all;
    };
  };
}

function tableReception({ table, tableSymbols }: Airing, { failure }: Losses): Reception {
  const ofTable = remembered((heard) => 1 - failure(table, tableSymbols === 1 ? 0 : tableSymbols, heard));
  return (begin, end) => {
    const heard = symbolsHeard(table, begin, end);
    return heard === 0 ? 0 : ofTable(heard);
  };
}

function objectReception({ blocks, stream, repetition, pause }: Airing, losses: Losses): ObjectReception {
  const { count, sourceSymbols } = blocks;
  const { failure, isIndependent } = losses;
  const ofBlock = (sent: Stream, symbols: number) => (1 - failure(sent, sourceSymbols, symbols)) ** count;
  const ofStream = remembered((symbols) => ofBlock((stream ?? repetition)!, symbols));
  const inRows: Stream | undefined = repetition && { ...repetition, inRow: undefined };
  const ofRepetition = remembered((symbols) => ofBlock(inRows!, symbols));
  const together = pause === undefined ? undefined : losses.togetherAfter?.(pause);
  /** Either of the two is enough by itself, where the one is sent after the other. */
  const ofEither = (first: number, again: number) => {
    if (together === undefined || first < sourceSymbols || again < sourceSymbols) return 0;
    const failures = failure(stream!, sourceSymbols, first) * failure(repetition!, sourceSymbols, again);
    return Math.max(0, 1 - together * failures) ** count;
  };
  return (begin, end, dueBegin, dueEnd) => {
    const first = stream === undefined ? 0 : symbolsHeard(stream, dueBegin, dueEnd);
    const again = repetition === undefined ? 0 : symbolsHeard(repetition, begin, end);
    if (first + again < sourceSymbols) return 0;
    // Losses with memory: all that is sent at first counts as one repetition more, or else it counts alone.
    const isWhole = stream !== undefined && repetition !== undefined && first >= repetition.row;
    return isIndependent
      ? ofStream(first + again)
      : Math.max(
          ofStream(first),
          again === 0 ? 0 : ofRepetition(again + (isWhole ? repetition.row : 0)),
          isInOnePeriod(repetition, begin, end) ? ofEither(first, again) : 0,
        );
  };
}

/** Then all that is heard of what is sent at first comes before all repetitions. */
function isInOnePeriod(repetition: Stream | undefined, begin: number, end: number): boolean {
  if (repetition === undefined) return false;
  const { period } = repetition;
  return end <= (Math.floor(Math.max(0, begin) / period) + 1) * period;
}

/** So likely, it is as good as sure. */
const SURE = 1 - 1e-9;

/** A probability that never falls with the count. */
function remembered(value: (count: number) => number): (count: number) => number {
  const values = new Map<number, number>();
  let never = -1;
  let sure = Number.POSITIVE_INFINITY;
  return (asked) => {
    if (asked <= never) return 0;
    const count = Math.min(asked, sure);
    const earlier = values.get(count);
    if (earlier !== undefined) return earlier;
    const now = value(count);
    values.set(count, now);
    if (now === 0) never = Math.max(never, count);
    if (now >= SURE) sure = Math.min(sure, count);
    return now;
  };
}
