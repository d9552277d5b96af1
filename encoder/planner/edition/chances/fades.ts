/**
 * Fades of rain are the same for all objects. So a recording falls into phases, in which what is sent at a time shares what fades
 * may take: as much as the object has to spare that has least. A phase fails by the fades in it, and by one that began before it
 * only where the phase before was spared. What is sent in rows, as tables and the index, must have one where there is reception.
 */

import type { Effort } from '../../completion/effort.js';
import type { RainFade } from '../../question/model.js';
import { createClearTime, fadeRate } from '../../rain/clear-time.js';
import type { Reception } from '../airing.js';
import type { EditionAir } from '../recording.js';
import { type Stream, symbolSpacing, symbolsHeard } from '../stream.js';
import { FAILURES, type Needs, needsOf } from './needs.js';
import { type Rows, rowsMissed } from './rows-missed.js';

/** Parts of the time by which it is counted what objects have to spare. */
const GRAINS = 512;
/** What a look at an object takes, in steps. */
const LOOK_STEPS = 40;
/** Times that are kept. */
const MOST_KEPT = 100_000;
/** Parts of what fades may take that are left to them no more, so that rows are seen. */
const KEPT_FOR_ROWS = [0, 1 / 64, 1 / 16, 1 / 4, 1 / 2, 3 / 4];
/** Rows that are missed so seldom make no difference. */
const NEGLIGIBLE = 1e-7;
/** So likely, it is not asked in another way. */
const ENOUGH = 1 - 1e-5;
const ROUNDING = 1e-9;

/** Up, to a number of which there are few. */
const rounded = (seconds: number) => (seconds <= 0 ? 0 : 2 ** (Math.ceil(2 * Math.log2(seconds)) / 2));

/** Which of `FAILURES` are tried: the others only where they may be better. */
const LEVELS = [
  { level: 0, from: 0, to: 1 },
  { level: 2, from: 0, to: 0.99 },
  { level: 4, from: 0.999, to: 1 },
] as const;

/** How phases are made; the best way counts. */
interface Way {
  /** All is sent at a time, as if it had the longest time. */
  readonly isOne: boolean;
  /** What is repeated is received by its repetitions. */
  readonly byRows: boolean;
}
const WAYS: readonly Way[] = [
  { isOne: false, byRows: true },
  { isOne: false, byRows: false },
  { isOne: true, byRows: false },
];

/** What is sent at a time. Moments in the time in which streams are even, lengths in seconds. */
interface Phase {
  readonly from: number;
  to: number;
  seconds: number;
  /** What fades may take, and by how much each counts longer, for what it breaks off. */
  faded: number;
  lost: number;
  readonly rows: Rows[];
}

/** What is heard of an object and its table. */
interface Heard {
  readonly first: number;
  readonly again: number;
  readonly announced: number;
}

export function throughFades(
  airings: EditionAir['airings'],
  { dueAt, dueFrom = dueAt, period, late }: EditionAir,
  fades: RainFade,
  independentLoss: number,
  datagramSeconds: number,
  effort: Effort,
): Reception {
  const clearTime = createClearTime(fades, effort);
  const fadesPerSecond = fadeRate(fades);
  const needs = needsOf(airings, independentLoss);
  const kept = new Map<string, number>();
  /** That fades take too much of a time. */
  const failure = (time: number, faded: number, lost: number, age: number) => {
    if (faded < 0) return 1;
    // In units in which many questions are the same.
    const grain = 2 ** Math.ceil(Math.log2(time / GRAINS));
    const [grains, spare] = [Math.ceil(time / grain), Math.floor(Math.min(time, faded) / grain)];
    const key = `${grain} ${grains} ${spare} ${lost} ${age}`;
    let failed = kept.get(key);
    if (failed === undefined) {
      failed = 1 - clearTime((grains - spare) * grain, { faded: spare * grain, lost, age });
      if (kept.size === MOST_KEPT) kept.clear();
      kept.set(key, failed);
    }
    return failed;
  };
  const rowsOf = (stream: Stream, needed: number): Rows => {
    const { mean, row } = symbolSpacing(stream);
    return { distance: row * mean, width: row * datagramSeconds + late, needed: Math.ceil(needed / row) };
  };
  const isMissed = (rows: Rows, clear: number) => rowsMissed(clear, rows, fadesPerSecond);

  /** At most the probability that fades in a phase take too much, where those in the phase before do not. */
  const failureOf = (phase: Phase, before: Phase | undefined) => {
    const age = before === undefined ? Number.POSITIVE_INFINITY : rounded(Math.max(0, before.faded));
    const after = (skipped: number, spared: number, limit: number) => {
      const [seconds, faded] = [phase.seconds - skipped, phase.faded - spared];
      let least = 1;
      for (const part of KEPT_FOR_ROWS) {
        const left = faded * (1 - part);
        const missed = phase.rows.reduce((sum, rows) => sum + isMissed(rows, seconds - left), 0);
        if (missed < least) least = Math.min(least, failure(seconds, left, phase.lost, limit) + missed);
        if (missed < NEGLIGIBLE) break;
      }
      return least;
    };
    if (before === undefined || before.faded < 0) return after(0, 0, Number.POSITIVE_INFINITY);
    if (phase.from >= before.to - ROUNDING * period) return after(0, 0, age);
    if (phase.from > before.from + ROUNDING * period || phase.faded < before.faded) {
      return after(0, 0, Number.POSITIVE_INFINITY);
    }
    // It began together with the one before, and goes on.
    return Math.min(after(0, 0, Number.POSITIVE_INFINITY), after(before.seconds, before.faded, age));
  };

  const phasesOf = (
    level: number,
    heard: readonly Heard[],
    begin: number,
    end: number,
    way: Way,
  ): Phase[] => {
    const [dueBegin, dueEnd] = [dueFrom(begin), dueAt(end)];
    const start = Math.floor(begin / period + ROUNDING) * period;
    const isOnce = !way.isOne && end <= start + period * (1 + ROUNDING);
    const phases: Phase[] = [];
    const of = new Map<Needs, Phase>();
    const add = (need: Needs, stream: Stream, symbols: number, needed: number) => {
      const { least, row } = symbolSpacing(stream);
      const from = isOnce ? Math.max(dueBegin - start, stream.from) : 0;
      const to = isOnce ? Math.min(dueEnd - start, stream.to) : end - begin;
      let phase = phases.find(
        (each) => Math.abs(each.from - from) + Math.abs(each.to - to) < ROUNDING * period,
      );
      if (phase === undefined) {
        const seconds = isOnce ? symbols * least : end - begin;
        phase = { from, to, seconds, faded: Number.POSITIVE_INFINITY, lost: 0, rows: [] };
        phases.push(phase);
      }
      phase.faded = Math.min(phase.faded, phase.seconds, (symbols - needed) * least);
      phase.lost = Math.max(phase.lost, row * least);
      of.set(need, phase);
    };
    for (const [i, need] of needs.entries()) {
      const { stream, repetition } = need.airing;
      if (repetition === undefined) add(need, stream!, heard[i]!.first, need.symbols[level]!);
    }
    if (phases.length === 0) {
      const seconds = end - begin;
      phases.push({ from: 0, to: seconds, seconds, faded: seconds, lost: 0, rows: [] });
    }
    const shareRows = (phase: Phase, rows: Rows, symbols: number, row: number) => {
      phase.faded = Math.min(phase.faded, (Math.floor(symbols / row) - rows.needed) * rows.distance);
      phase.lost = Math.max(phase.lost, rows.width + rows.distance);
    };
    const last = phases.reduce((found, each) => (each.to - each.from > found.to - found.from ? each : found));
    for (const [i, need] of needs.entries()) {
      const { stream, repetition } = need.airing;
      if (repetition === undefined) continue;
      const { first, again } = heard[i]!;
      const needed = need.symbols[level]!;
      // Rows all through the time, but for both ends.
      const rows = rowsOf(repetition, needed);
      const isEnough = (again / repetition.row + 2) * rows.distance >= last.seconds;
      if (way.isOne && (stream === undefined || again - needed > first - needed + repetition.row)) {
        shareRows(last, rows, again, repetition.row);
      } else if (stream !== undefined && !(way.byRows && isEnough)) add(need, stream, first, needed);
      else if (isEnough) last.rows.push(rows);
      else last.faded = -1;
    }
    const tables = new Map<Stream, { readonly phase: Phase; readonly needed: number }>();
    const clearOf = ({ seconds, faded }: Phase) => seconds - faded;
    for (const [i, need] of needs.entries()) {
      const { table } = need.airing;
      if (heard[i]!.announced < need.tables[level]!) return [{ ...last, faded: -1 }];
      const phase = of.get(need) ?? last;
      const other = tables.get(table);
      if (other === undefined || clearOf(other.phase) < clearOf(phase)) {
        tables.set(table, { phase, needed: need.tables[level]! });
      }
    }
    for (const [table, { phase, needed }] of tables) {
      const rows = rowsOf(table, needed);
      if (way.isOne) shareRows(phase, rows, symbolsHeard(table, begin, end), table.row);
      else phase.rows.push(rows);
    }
    return phases.sort((a, b) => a.to - b.to || a.from - b.from);
  };

  return (begin, end) => {
    if (!(end > begin)) return 0;
    effort.spend(LOOK_STEPS * needs.length);
    const [dueBegin, dueEnd] = [dueFrom(begin), dueAt(end)];
    const heard = needs.map(({ airing: { stream, repetition, table } }): Heard => {
      return {
        first: stream === undefined ? 0 : symbolsHeard(stream, dueBegin, dueEnd),
        again: repetition === undefined ? 0 : symbolsHeard(repetition, begin, end),
        announced: symbolsHeard(table, begin, end),
      };
    });
    let best = 0;
    for (const { level, from, to } of LEVELS) {
      if (best < from || best > to) continue;
      for (const way of WAYS) {
        let spared = 1;
        let before: Phase | undefined;
        for (const phase of phasesOf(level, heard, begin, end, way)) {
          spared -= failureOf(phase, before);
          before = phase;
          if (spared <= best) break;
        }
        best = Math.max(best, (1 - FAILURES[level]!) * spared);
        if (spared > ENOUGH) break;
      }
    }
    return best;
  };
}
