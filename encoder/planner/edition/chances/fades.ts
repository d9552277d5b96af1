/**
 * Fades of rain are the same for all objects. So a recording falls into phases, in which what is sent at a time shares what fades
 * may take: as much as the object has to spare that has least. A phase fails by the fades in it, and by one that began before it
 * only where the phase before was spared. What is repeated fails only where a repetition fails too. What is sent in rows, as
 * tables are, must have one where there is reception.
 */

import type { Effort } from '../../completion/effort.js';
import type { RainFade } from '../../question/model.js';
import { type ClearTime, createClearTime } from '../../rain/clear-time.js';
import { fadeLengths } from '../../rain/lengths.js';
import type { Reception } from '../airing.js';
import type { EditionAir } from '../recording.js';
import { type Stream, symbolSpacing, symbolsHeard } from '../stream.js';
import { FAILURES, needsOf } from './needs.js';
import { type Allowance, createPhases, type Phase, smaller } from './phases.js';
import { createRowsMissed, type Rows, type RowsMissed } from './rows-missed.js';

/** Parts of the time by which it is counted what objects have to spare. */
const GRAINS = 512;
/** What a look at an object takes, in steps. */
const LOOK_STEPS = 40;
/** Times that are kept. */
const MOST_KEPT = 100_000;
/** So likely, it is not asked in another way. */
const ENOUGH = 1 - 1e-5;
const ROUNDING = 1e-9;
/** Steps of a doubling in which ages of fades are counted. */
const AGES = 8;

/** Up, to a number of which there are few. */
const rounded = (seconds: number) => (seconds <= 0 ? 0 : 2 ** (Math.ceil(AGES * Math.log2(seconds)) / AGES));

/** Which of `FAILURES` are tried: the others only where they may be better. */
const LEVELS = [
  { level: 0, from: 0, to: 1 },
  { level: 2, from: 0, to: 0.99 },
  { level: 4, from: 0.999, to: 1 },
] as const;

/** How what is sent again and again is counted; the best way counts. */
const WAYS = [
  /** What is repeated is received by its repetitions. */
  { isOne: false, byRows: true },
  { isOne: false, byRows: false },
  /** All shares what fades may take. */
  { isOne: true, byRows: false },
] as const;
type Way = (typeof WAYS)[number];
/** So small a share of failures, it is not tried to have less. */
const FEW = 1 / 64;

/** At most the probability that something fails, and which part of it is that rows are missed. */
interface Throughout {
  readonly failed: number;
  readonly missed: number;
}

/** A phase as it is counted: what fades may take of it, and the time from its end to the next one. */
interface Counted extends Allowance {
  readonly phase: Phase;
  readonly pause: number;
}

/** What is known of fades, for all objects and all times. */
export interface FadeChances {
  readonly fades: RainFade;
  readonly clearTime: ClearTime;
  readonly rowsMissed: RowsMissed;
}

export function fadeChances(fades: RainFade, effort: Effort): FadeChances {
  return { fades, clearTime: createClearTime(fades, effort), rowsMissed: createRowsMissed(fades, effort) };
}

export function throughFades(
  airings: EditionAir['airings'],
  air: EditionAir,
  { fades, clearTime, rowsMissed }: FadeChances,
  independentLoss: number,
  effort: Effort,
): Reception {
  const { dueAt, dueFrom = dueAt, period, late, cycle } = air;
  const { residual } = fadeLengths(fades);
  const needs = needsOf(airings, independentLoss);
  const phasesOf = createPhases(needs, air);
  const tables = new Map(airings.map(({ table, tableSymbols }) => [table, tableSymbols]));
  const kept = new Map<string, number>();
  /** That fades take too much of a time. */
  const failure = ({ seconds, faded, lost, lot }: Allowance, age: number) => {
    if (!(faded >= 0)) return 1;
    if (lot !== undefined) {
      const [symbols, spare] = [Math.round(seconds / lot), Math.round(faded / lot)];
      return 1 - clearTime((symbols - spare) * lot, { faded: (spare + 1 / 2) * lot, lost: 0, lot, age });
    }
    // In units in which many questions are the same.
    const grain = 2 ** Math.ceil(Math.log2(seconds / GRAINS));
    const [grains, spare] = [Math.ceil(seconds / grain), Math.floor(Math.min(seconds, faded) / grain)];
    const key = `${grain} ${grains} ${spare} ${lost} ${age}`;
    let failed = kept.get(key);
    if (failed === undefined) {
      failed = 1 - clearTime((grains - spare) * grain, { faded: spare * grain, lost, age });
      if (kept.size === MOST_KEPT) kept.clear();
      kept.set(key, failed);
    }
    return failed;
  };
  const rowsOf = (stream: Stream, needed: number, loss: number): Rows => {
    const { mean, row } = symbolSpacing(stream);
    const width = row * air.datagrams.seconds * Math.min(1, (needed + 1) / row) + late;
    return { distance: row * mean, width, loss, needed: Math.ceil(needed / row) };
  };
  const neededTables = (level: number, table: Stream) =>
    Math.max(...needs.map(({ airing, tables }) => (airing.table === table ? tables[level]! : 0)));
  /** That a table is missed where no fade is longer. */
  const tablesMissed = (level: number, begin: number, end: number, longest: number) => {
    let missed = 0;
    for (const [table, tableSymbols] of tables) {
      const rows =
        tableSymbols === 1 ? rowsOf(table, 1, independentLoss) : rowsOf(table, neededTables(level, table), 0);
      missed += rowsMissed(rows, symbolsHeard(table, begin, end) / table.row, longest);
    }
    return missed;
  };

  /** At most the probability that fades in a phase take too much, where those in the phase before do not. */
  const failureAfter = (phase: Phase, allowance: Allowance, before: Counted | undefined) => {
    if (before === undefined || before.faded < 0) return failure(allowance, Number.POSITIVE_INFINITY);
    if (phase.from >= before.phase.to - ROUNDING * period) {
      return failure(allowance, rounded(before.faded + before.pause));
    }
    const alone = failure(allowance, Number.POSITIVE_INFINITY);
    if (phase.from > before.phase.from + ROUNDING * period) return alone;
    // It began together with the one before, and goes on.
    const { seconds, faded, lost } = allowance;
    const after = { seconds: seconds - before.seconds, faded: faded - before.faded, lost };
    return after.seconds > 0 ? Math.min(alone, failure(after, rounded(before.faded))) : alone;
  };

  /** At most the probability that fades take too much of any phase, and how phases are counted. */
  const failureOf = (phases: readonly Phase[]) => {
    let failed = 0;
    let [failedBefore, beforeLast]: [number, Counted | undefined] = [0, undefined];
    let last: Counted | undefined;
    const counted: Counted[] = [];
    for (const phase of phases) {
      let [least, chosen] = [Number.POSITIVE_INFINITY, phase.dense];
      for (const allowance of [phase.dense, phase.sparse]) {
        if (allowance === undefined) continue;
        const each = failureAfter(phase, allowance, last);
        if (each < least) [least, chosen] = [each, allowance];
      }
      const both = last && nested(last, phase);
      const failedBoth = both && failedBefore + failureAfter(both.phase, both, beforeLast);
      if (both !== undefined && failedBoth! < failed + least) {
        counted[counted.length - 1] = both;
        [failed, last] = [failedBoth!, both];
        continue;
      }
      [failedBefore, beforeLast] = [failed, last];
      last = { ...chosen, phase, pause: 0 };
      counted.push(last);
      failed += least;
    }
    return { failed: Math.min(1, failed), counted };
  };

  /** From so many moments of a recording. */
  const inRecording = (level: number, begin: number, end: number): number => {
    const phases = phasesOf(level, { begin, end });
    let { failed, counted } = failureOf(phases);
    const repeated = phases.filter(({ again }) => again !== undefined);
    if (repeated.length > 0 && failed > 0) {
      const others = failureOf(phases.filter(({ again }) => again === undefined));
      const once = others.failed + repeatedFailure(repeated, others.counted);
      if (once < failed) [failed, counted] = [once, others.counted];
    }
    const longest = longestFade(counted, begin, end);
    return failed < 1 ? failed + tablesMissed(level, begin, end, longest) : 1;
  };

  /** That what is repeated fails, and its repetitions too. @param others phases, which fades do not fail */
  const repeatedFailure = (phases: readonly Phase[], others: readonly Counted[]): number => {
    const ended = Math.max(...phases.map(({ end }) => end));
    const { failed } = failureOf(phases);
    /** A fade is over by then. */
    const over = Math.min(
      ...others.map(({ phase, faded }) =>
        faded >= 0 && phase.begin >= ended - ROUNDING * period
          ? phase.begin + faded
          : Number.POSITIVE_INFINITY,
      ),
    );
    const { from, distance } = phases[0]!.again!;
    const seconds = Math.max(...phases.map(({ again }) => again!.seconds));
    const rows = { distance, width: seconds, loss: 0, needed: 1 };
    let least = 1;
    for (const [i, first] of from.entries()) {
      // Either one fade takes all that comes before it, or there is reception before it.
      const lasting = first < over ? fades.share * (residual(first - ended) - residual(over - ended)) : 0;
      least = Math.min(least, lasting + failed * rowsMissed(rows, from.length - i));
    }
    return least;
  };

  /** What is heard of a carousel, or of a recording that comes again and again: all of it takes the whole time. */
  const throughout = (level: number, begin: number, end: number, way: Way): Throughout => {
    const seconds = end - begin;
    const [dueBegin, dueEnd] = [dueFrom(begin), dueAt(end)];
    let shared: Allowance = { seconds, faded: seconds, lost: 0 };
    const inRows: { readonly rows: Rows; readonly count: number }[] = [];
    for (const { airing, symbols } of needs) {
      const { stream, repetition } = airing;
      const needed = symbols[level]!;
      const first = stream === undefined ? 0 : symbolsHeard(stream, dueBegin, dueEnd);
      const again = repetition === undefined ? 0 : symbolsHeard(repetition, begin, end);
      const rows = repetition && rowsOf(repetition, needed, 0);
      // Rows all through the time, but for both ends.
      const isEnough = rows !== undefined && (again / repetition!.row + 2) * rows.distance >= seconds;
      if (rows !== undefined && way.isOne && (stream === undefined || again > first + repetition!.row)) {
        shared = smaller(shared, allowanceOfRows(rows, again / repetition!.row, seconds));
      } else if (stream !== undefined && !(way.byRows && isEnough)) {
        const { least, row } = symbolSpacing(stream);
        shared = smaller(shared, { seconds, faded: (first - needed) * least, lost: row * least });
      } else if (isEnough) inRows.push({ rows: rows!, count: again / repetition!.row });
      else return { failed: 1, missed: 1 };
    }
    if (way.isOne) {
      for (const [table] of tables) {
        const rows = rowsOf(table, neededTables(level, table), 0);
        const count = symbolsHeard(table, begin, end) / table.row;
        shared = smaller(shared, allowanceOfRows(rows, count, seconds));
      }
    }
    const failed = failure(shared, Number.POSITIVE_INFINITY);
    if (failed === 1) return { failed, missed: 0 };
    let missed = way.isOne ? 0 : tablesMissed(level, begin, end, shared.faded);
    for (const { rows, count } of inRows) missed += rowsMissed(rows, count, shared.faded);
    return { failed: failed + missed, missed };
  };

  return (begin, end) => {
    if (!(end > begin)) return 0;
    effort.spend(LOOK_STEPS * needs.length);
    const start = Math.floor(begin / period + ROUNDING) * period;
    const isOnce = cycle === undefined && end <= start + period * (1 + ROUNDING);
    let best = 0;
    for (const { level, from, to } of LEVELS) {
      if (best < from || best > to) continue;
      const attempt = (failed: number) => {
        best = Math.max(best, (1 - FAILURES[level]!) * (1 - failed));
        return failed < 1 - ENOUGH;
      };
      if (isOnce && attempt(inRecording(level, begin - start, end - start))) continue;
      for (const way of WAYS) {
        if (isOnce && !way.isOne) continue;
        const { failed, missed } = throughout(level, begin, end, way);
        // In another way less of it would be missed, and nothing else be better.
        if (attempt(failed) || missed < FEW * failed) break;
      }
    }
    return best;
  };
}

function allowanceOfRows(rows: Rows, count: number, seconds: number): Allowance {
  const faded = (Math.floor(count) - rows.needed) * rows.distance;
  return { seconds, faded, lost: rows.width + rows.distance };
}

/** What two phases that begin together need in the time of the shorter one; undefined where they do not. */
function nested(before: Counted, { from, to, sparse }: Phase): Counted | undefined {
  const { phase, seconds, faded, lost } = before;
  if (sparse === undefined || from !== phase.from || !(faded >= 0)) return undefined;
  const left = seconds - (sparse.seconds - sparse.faded);
  if (!(left >= 0) || to < phase.to) return undefined;
  const pause = before.pause + Math.max(0, sparse.seconds - seconds);
  return {
    phase: { ...phase, to },
    pause,
    seconds,
    faded: Math.min(faded, left),
    lost: Math.max(lost, sparse.lost),
  };
}

/** How long a fade is at most: it takes no phase as a whole, so it lies in two, or in one and what is no phase. */
function longestFade(phases: readonly Counted[], begin: number, end: number): number {
  const [first, last] = [phases[0], phases.at(-1)];
  if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY;
  let longest = Math.max(first.phase.begin - begin + first.faded, last.faded + end - last.phase.end);
  for (let i = 1; i < phases.length; i++) {
    const { faded, pause } = phases[i - 1]!;
    longest = Math.max(longest, faded + pause + phases[i]!.faded);
  }
  return longest;
}
