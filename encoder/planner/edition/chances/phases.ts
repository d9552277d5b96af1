/** A recording through fades falls into phases: what is sent at a time shares what fades may take. */

import type { EditionAir } from '../recording.js';
import { type Stream, symbolsHeard } from '../stream.js';
import type { Needs } from './needs.js';

/** What fades may take of a time, in seconds, and by how much each counts longer, for what it breaks off. */
export interface Allowance {
  readonly seconds: number;
  readonly faded: number;
  readonly lost: number;
  /** Symbols are so far apart, and a fade takes one more or less than its length, by where it begins: in the place of `lost`. */
  readonly lot?: number | undefined;
}

/** What is sent at a time. */
export interface Phase {
  /** In the time in which streams are even. */
  readonly from: number;
  readonly to: number;
  /** Moments of the recording. */
  readonly begin: number;
  readonly end: number;
  /** By the time from one symbol to the next where it is least. */
  readonly dense: Allowance;
  /** By the whole time, and that from one symbol to the next where it is most; undefined where symbols are even. */
  readonly sparse: Allowance | undefined;
  /** Of what is repeated later. */
  readonly again: Repetitions | undefined;
}

/** Repetitions that are heard, one of which is enough: when they begin, and how long that part of them takes that is needed. */
interface Repetitions {
  readonly from: readonly number[];
  /** From one to the next. */
  readonly distance: number;
  readonly seconds: number;
}

/** What a receiver hears of a recording: moments from its beginning. */
interface Span {
  readonly begin: number;
  readonly end: number;
}

const ROUNDING = 1e-9;
const HALVINGS = 40;
/** Symbols are as good as even. */
const EVEN = 1.01;

export type PhasesOf = (level: number, span: Span) => Phase[];

/** The phases of one recording, by their ends. @param level of the entries of `Needs.symbols` */
export function createPhases(needs: readonly Needs[], { dueAt, period }: EditionAir): PhasesOf {
  const tolerance = ROUNDING * period;
  const momentOf = remembered((due) => {
    let [low, high] = [0, period];
    for (let step = 0; step < HALVINGS; step++) {
      const middle = (low + high) / 2;
      if (dueAt(middle) < due) low = middle;
      else high = middle;
    }
    return high;
  });
  return (level, { begin, end }) => {
    const [dueBegin, dueEnd] = [dueAt(begin), dueAt(end)];
    const phases: Phase[] = [];
    for (const { airing, symbols: needed } of needs) {
      const stream = (airing.stream ?? airing.repetition)!;
      const [from, to] = [momentOf(stream.from), momentOf(stream.to)];
      const [first, last] = [Math.max(begin, from), Math.min(end, to)];
      const heard = symbolsHeard(stream, dueBegin, dueEnd);
      const gaps = gapsOf(stream, (to - from) / stream.count);
      // Later on repetitions lie between symbols.
      const isFirst = airing.kind === 'index' || airing.kind === 'front';
      const phase: Phase = {
        begin: first,
        end: last,
        from: Math.max(dueBegin, stream.from),
        to: Math.min(dueEnd, stream.to),
        dense: denseAllowance(gaps.least, heard, needed[level]!),
        sparse:
          isFirst && gaps.most > EVEN * gaps.least
            ? sparseAllowance(gaps.most, last - first, needed[level]!)
            : undefined,
        again: repetitionsOf(airing.stream && airing.repetition, needed[level]!, end),
      };
      const same = phases.findIndex(
        ({ from, to, again }) =>
          Math.abs(from - phase.from) + Math.abs(to - phase.to) < tolerance &&
          (again === undefined) === (phase.again === undefined),
      );
      if (same < 0) phases.push(phase);
      else phases[same] = together(phases[same]!, phase);
    }
    return phases.sort((a, b) => a.to - b.to || a.from - b.from);
  };
}

/** Seconds from one symbol to the next where it is least and where it is most. @param mean of them */
function gapsOf({ gap = Number.POSITIVE_INFINITY, mostGap = gap }: Stream, mean: number) {
  return mostGap > EVEN * gap ? { least: Math.min(gap, mean), most: mostGap } : { least: mean, most: mean };
}

function denseAllowance(gap: number, symbols: number, needed: number): Allowance {
  const seconds = symbols * gap;
  return { seconds, faded: Math.min(seconds, (symbols - needed) * gap), lost: gap, lot: gap };
}

function sparseAllowance(gap: number, seconds: number, needed: number): Allowance {
  // Neither the first nor the last of them begins where the time does.
  return { seconds, faded: seconds - (needed + 1) * gap, lost: gap };
}

function repetitionsOf(repetition: Stream | undefined, needed: number, end: number): Phase['again'] {
  const heard = repetition?.rows?.filter((row) => row.end <= end) ?? [];
  const [first, last] = [heard[0], heard.at(-1)];
  if (repetition === undefined || first === undefined || needed > repetition.row) return undefined;
  const share = Math.min(1, (needed + 1) / repetition.row);
  return {
    from: heard.map(({ begin }) => begin),
    distance: heard.length > 1 ? (last!.begin - first.begin) / (heard.length - 1) : last!.end - last!.begin,
    seconds: (last!.end - last!.begin) * share,
  };
}

/** Fades take as much of both. */
function together(a: Phase, b: Phase): Phase {
  return {
    from: Math.min(a.from, b.from),
    to: Math.max(a.to, b.to),
    begin: Math.min(a.begin, b.begin),
    end: Math.max(a.end, b.end),
    dense: smaller(a.dense, b.dense),
    sparse: a.sparse && b.sparse && smaller(a.sparse, b.sparse),
    again: a.again && b.again && { ...a.again, seconds: Math.max(a.again.seconds, b.again.seconds) },
  };
}

export function smaller(a: Allowance, b: Allowance): Allowance {
  return {
    seconds: Math.max(a.seconds, b.seconds),
    faded: Math.min(a.faded, b.faded),
    lost: Math.max(a.lost, b.lost),
    // Each of several objects loses by its own symbols.
    lot: undefined,
  };
}

function remembered(value: (of: number) => number): (of: number) => number {
  const values = new Map<number, number>();
  return (of) => {
    const known = values.get(of) ?? value(of);
    values.set(of, known);
    return known;
  };
}
