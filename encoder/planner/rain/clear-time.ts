/**
 * How much of a time fades leave: an alternating renewal process, with reception of exponential and fades of log-normal
 * length. While so much clear time passes the number of fades has a Poisson distribution, so what they take is a compound
 * Poisson sum, and the probability that it is little enough follows from H. H. Panjer's recursion ("Recursive evaluation of a
 * family of compound distributions", ASTIN Bulletin 12, 1981).
 */

import type { Effort } from '../completion/effort.js';
import { known } from '../question/error.js';
import type { RainFade } from '../question/model.js';
import { fadeLengths, fadeRate } from './lengths.js';

/** How much a time has to spare for fades. */
export interface Spare {
  /** Seconds that fades may take. */
  readonly faded: number;
  /** Each fade counts so many seconds longer than it is, for what it breaks off. */
  readonly lost: number;
  /**
   * What is lost comes in lots of so many seconds: a fade takes a lot more or less, by where it begins. Any length where it is
   * not given.
   */
  readonly lot?: number;
  /** Fades that began longer before are no matter of it; seconds, any by default. */
  readonly age?: number;
}

/**
 * The probability that fades leave enough, from a moment of a stationary channel on: that until `clear` seconds of reception
 * have passed, fades have taken what there is to spare at most.
 */
export type ClearTime = (clear: number, spare: Spare) => number;

/** The sum is computed on so many points at least, and less than twice as many, unless there are fewer lots. */
const POINTS = 256;
/** Times are counted a little longer, in so many steps of a doubling, so that many questions have the same sum. */
const TIMES = 32;
/** What the recursion takes, in steps. */
const SUM_STEPS = 12_000;
const LOOK_STEPS = 300;
/** Sums that are kept. */
const MOST_KEPT = 2000;

export function createClearTime(fades: RainFade, effort: Effort): ClearTime {
  const { share } = fades;
  const length = fadeLengths(fades);
  const fadesPerSecond = fadeRate(fades);
  const sums = kept<Float64Array>();
  const masses = kept<Float64Array>();
  const overs = kept<Float64Array>();
  return (clear, { faded, lost, lot = 0, age = Number.POSITIVE_INFINITY }) => {
    if (!(clear >= 0 && faded >= 0)) return 0;
    if (share === 0) return 1;
    effort.spend(LOOK_STEPS);
    const fine = 2 ** Math.floor(Math.log2(Math.max(faded, Number.MIN_VALUE * 2 ** 60) / POINTS));
    const step = Math.max(fine, lot);
    const points = Math.floor(faded / step);
    const older =
      age === Number.POSITIVE_INFINITY ? () => 0 : (seconds: number) => length.residual(seconds + age);
    if (points === 0) return (1 - share) * Math.exp(-fadesPerSecond * clear) + share * older(0);
    const fadeTime = clear === 0 ? 0 : 2 ** (Math.ceil(Math.log2(clear) * TIMES) / TIMES);
    const sum = sums(`${step} ${fadeTime} ${lost}`, () => {
      effort.spend(SUM_STEPS);
      const each = masses(`${step} ${lost}`, () => massesOf((most) => length.limited(most, lost), step));
      return compoundPoisson(fadesPerSecond * fadeTime, each);
    });
    // The fade that a receiver begins in may break off a lot more.
    const over = overs(`${step} ${lost} ${lot} ${age}`, () =>
      Float64Array.from({ length: 2 * POINTS + 1 }, (_, point) => {
        const seconds = point * step - lost - lot;
        return seconds > 0 ? 1 - length.residual(seconds) + older(seconds) : older(0);
      }),
    );
    let enough = 0;
    for (let point = 0; point <= points; point++) {
      enough += sum[point]! * (1 - share + share * over[points - point]!);
    }
    return Math.min(1, known(enough, 'the time between fades'));
  };
}

/** Keeps what has been computed, for a time. */
function kept<T>(): (key: string, compute: () => T) => T {
  const values = new Map<string, T>();
  return (key, compute) => {
    let value = values.get(key);
    if (value === undefined) {
      value = compute();
      if (values.size === MOST_KEPT) values.clear();
      values.set(key, value);
    }
    return value;
  };
}

/**
 * Masses at 0, step, 2 step, ... of the same mean, and of a little more spread (H. U. Gerber's local moment matching), so that
 * sums are a little longer rather than shorter.
 *
 * @param limited mean of the minimum of the variable and a number
 */
function massesOf(limited: (most: number) => number, step: number): Float64Array {
  const masses = new Float64Array(2 * POINTS + 1);
  let [before, now] = [0, 0];
  for (let point = 0; point < masses.length; point++) {
    const next = limited((point + 1) * step);
    masses[point] = Math.max(0, point === 0 ? 1 - next / step : (2 * now - before - next) / step);
    before = now;
    now = next;
  }
  return masses;
}

/** Masses of the sum of a Poisson number of variables. */
function compoundPoisson(number: number, masses: Float64Array): Float64Array {
  const sum = new Float64Array(masses.length);
  const weights = masses.map((mass, point) => number * point * mass);
  sum[0] = Math.exp(-number * (1 - masses[0]!));
  for (let point = 1; point < sum.length; point++) {
    let total = 0;
    for (let last = 1; last <= point; last++) total += weights[last]! * sum[point - last]!;
    sum[point] = total / point;
  }
  return sum;
}
