import type { Reception } from '../airing.js';

/** When something is there, in seconds; undefined where it is never, or beyond reckoning. */
export interface Times {
  readonly expected: number | undefined;
  /** So many receivers have it by then as the confidence says. */
  readonly atConfidence: number | undefined;
}

/** Of a part of something else: it is there no later than all of it is, whatever bound is the better one. */
export function noLater(part: Times, whole: Times): Times {
  return {
    expected: soonerOf(part.expected, whole.expected),
    atConfidence: soonerOf(part.atConfidence, whole.atConfidence),
  };
}

export function soonerOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Never falls. */
export type ByTime = (seconds: number) => number;

/** Moments at which receivers join: fewer when there are many objects to look at. */
const MOST_JOINS = 120;
const LEAST_JOINS = 24;
const LOOKS = 12_000;
/** Points at which a distribution is summed up. */
const POINTS = 100;
const HALVINGS = 16;
/** The mean is taken until so few receivers are left. */
const NEGLIGIBLE = 1e-4;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const joinsFor = (objects: number, least = LEAST_JOINS) =>
  Math.floor(Math.min(MOST_JOINS, Math.max(least, LOOKS / objects)));

/**
 * The same where what is sent has silences, which come again after a cycle: of all that join in a part of it, by those that hear only
 * what is sent after that part. It is too low rather than too high: a moment too late may cost a whole silence.
 */
export function fromJoiningRounds(reception: Reception, cycle: number, objects: number): ByTime {
  const count = joinsFor(objects);
  const joins = Array.from({ length: count }, (_, i) => (i + i / count) * cycle);
  return (seconds) =>
    joins.reduce((sum, join) => sum + reception(join + cycle / count, join + seconds), 0) / count;
}

/** A receiver that joins at any moment, by the mean over moments that are spread over many periods. */
export function fromJoining(
  reception: Reception,
  period: number,
  objects: number,
  least = LEAST_JOINS,
): ByTime {
  const count = joinsFor(objects, least);
  const joins = Array.from({ length: count }, (_, i) => (((i + 1) * GOLDEN) % 1) * period + i * period);
  return (seconds) => joins.reduce((sum, join) => sum + reception(join, join + seconds), 0) / count;
}

/** @param longest time that is looked at */
export function timesOf(complete: ByTime, confidence: number, longest: number): Times {
  return { expected: meanTime(complete, longest), atConfidence: timeUntil(complete, confidence, longest) };
}

/** The first time at which the probability reaches the target, to some millionth of it. */
export function timeUntil(complete: ByTime, target: number, longest: number): number | undefined {
  let low = 0;
  let high = longest / 2 ** HALVINGS;
  while (complete(high) < target) {
    if (high >= longest) return undefined;
    low = high;
    high = Math.min(longest, 2 * high);
  }
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (complete(middle) >= target) high = middle;
    else low = middle;
  }
  return high;
}

/** The mean of those that complete, when nearly all do that complete by `longest`. */
function meanTime(complete: ByTime, longest: number): number | undefined {
  const all = complete(longest);
  if (all < NEGLIGIBLE) return undefined;
  const last = timeUntil(complete, all * (1 - NEGLIGIBLE), longest) ?? longest;
  const first = timeUntil(complete, all * NEGLIGIBLE, last) ?? 0;
  const step = (last - first) / POINTS;
  let mean = first + step / 2;
  for (let point = 1; point < POINTS; point++) {
    mean += step * (1 - Math.min(1, complete(first + point * step) / all));
  }
  return mean;
}
