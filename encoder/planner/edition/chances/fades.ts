/**
 * Fades of rain are the same for all objects: what they may take is what the object has to spare that has least. So one
 * probability decides for all at once, where a product or a sum over the objects would count each fade many times.
 */

import type { Effort } from '../../completion/effort.js';
import type { RainFade } from '../../question/model.js';
import { createClearTime } from '../../rain/clear-time.js';
import type { Airing, Reception } from '../airing.js';
import { type Stream, symbolSpacing, symbolsHeard } from '../stream.js';
import { FAILURES, needsOf } from './needs.js';

/** Parts of the time by which it is counted what objects have to spare. */
const GRAINS = 1024;
/** What comes again within this part of a fade's mean length breaks off little with it. */
const OFTEN = 1 / 8;
/** What a look at an object takes, in steps. */
const LOOK_STEPS = 40;
/** Times that are kept. */
const MOST_KEPT = 100_000;

export function throughFades(
  airings: readonly Airing[],
  dueAt: (seconds: number) => number,
  fades: RainFade,
  independentLoss: number,
  datagramSeconds: number,
  effort: Effort,
): Reception {
  const clearTime = createClearTime(fades, effort);
  const needs = needsOf(airings, independentLoss);
  const kept = new Map<string, number>();
  const often = OFTEN * fades.meanSeconds;
  const left = (time: number, faded: number, lost: number, lot: number) => {
    if (faded < 0) return 0;
    // In units in which many questions are the same.
    const grain = 2 ** Math.ceil(Math.log2(time / GRAINS));
    const coarseTime = Math.ceil(time / grain) * grain;
    const coarse = lot > 0 ? Math.min(time, faded) : Math.floor(Math.min(time, faded) / grain) * grain;
    const key = `${coarseTime} ${coarse} ${lost} ${lot}`;
    let probability = kept.get(key);
    if (probability === undefined) {
      probability = clearTime(coarseTime - coarse, { faded: coarse, lost, lot });
      if (kept.size === MOST_KEPT) kept.clear();
      kept.set(key, probability);
    }
    return probability;
  };
  /** What fades may take of a stream, and how. */
  const spareOf = (stream: Stream, heard: number, needed: number): Spare => {
    const { least, row } = symbolSpacing(stream);
    const distance = row * least;
    const isOften = distance <= often;
    // A row is lost with any part of it.
    const rows = Math.floor(heard / row) - Math.ceil(needed / row);
    return isOften
      ? { stream, faded: (heard - needed) * least, lost: distance, lot: 0 }
      : { stream, faded: rows * distance, lost: row * datagramSeconds, lot: distance };
  };
  return (begin, end) => {
    const time = end - begin;
    if (!(time > 0)) return 0;
    effort.spend(LOOK_STEPS * needs.length);
    const [dueBegin, dueEnd] = [dueAt(begin), dueAt(end)];
    // All share the least that any has to spare, or what comes often does, and what comes seldom fails by itself.
    const shared = FAILURES.map(() => ({ faded: time, lost: 0 }));
    const all = FAILURES.map(() => ({ faded: time, lost: 0 }));
    const seldom = FAILURES.map(() => new Set<Stream>());
    const failed = FAILURES.map(() => 0);
    const count = (i: number, spare: Spare) => {
      share(all[i]!, spare.faded, spare.lost + spare.lot);
      if (spare.lot === 0) share(shared[i]!, spare.faded, spare.lost);
      else if (!seldom[i]!.has(spare.stream)) {
        seldom[i]!.add(spare.stream);
        failed[i]! += 1 - left(time, spare.faded, spare.lost, spare.lot);
      }
    };
    for (const { airing, symbols, tables } of needs) {
      const { stream, repetition, table } = airing;
      const first = stream === undefined ? 0 : symbolsHeard(stream, dueBegin, dueEnd);
      const again = repetition === undefined ? 0 : symbolsHeard(repetition, begin, end);
      const announced = symbolsHeard(table, begin, end);
      for (let i = 0; i < FAILURES.length; i++) {
        const ways = [
          ...(stream === undefined ? [] : [spareOf(stream, first, symbols[i]!)]),
          ...(repetition === undefined ? [] : [spareOf(repetition, again, symbols[i]!)]),
        ];
        count(i, ways.length === 1 || ways[0]!.faded >= ways[1]!.faded ? ways[0]! : ways[1]!);
        count(i, spareOf(table, announced, tables[i]!));
      }
    }
    let best = 0;
    for (const [i, failure] of FAILURES.entries()) {
      const kept = 1 - failure;
      if (kept > best) best = Math.max(best, kept * left(time, all[i]!.faded, all[i]!.lost, 0));
      if (kept - failed[i]! > best) {
        best = Math.max(best, kept * left(time, shared[i]!.faded, shared[i]!.lost, 0) - failed[i]!);
      }
    }
    return best;
  };
}

interface Shared {
  faded: number;
  lost: number;
}

/** Takes what one object has to spare for the least, and what it breaks off for the most. */
function share(shared: Shared, faded: number, lost: number): void {
  shared.faded = Math.min(shared.faded, faded);
  shared.lost = Math.max(shared.lost, lost);
}

interface Spare {
  readonly stream: Stream;
  /** Seconds that fades may take; below 0 when even without them too little is sent. */
  readonly faded: number;
  /** Seconds by which each counts longer than it is. */
  readonly lost: number;
  /** Seconds of a row that is lost as a whole; 0 where rows come often. */
  readonly lot: number;
}
