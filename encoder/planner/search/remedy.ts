import { leastWhole } from '../completion/bisect.js';
import type { Effort } from '../completion/effort.js';
import { visibleAtLeast } from '../completion/windows.js';
import type { Channel } from '../question/model.js';
import type { PlanParameters } from '../question/parameters.js';
import { createClearTime } from '../rain/clear-time.js';
import { prepareAir } from './air.js';
import { type Choice, mostSymbols, outline, type Search } from './choice.js';

/** Rates up to so many times the given one are tried, and found to so many steps of a doubling, 1.1 % each. */
const MOST_TIMES = 128;
const STEPS = 64;
/** More symbols of a block are not looked at while rates are tried. */
const MOST_TRIED = 2 ** 20;

/** A rate at which the duration is long enough, or undefined when none was found. */
export function sufficientRate(
  parameters: PlanParameters & { duration: number },
  { channel, effort }: Omit<Search, 'air'>,
  free: Choice | undefined,
): number | undefined {
  const { rate, duration, confidence } = parameters;
  // Where loss does not depend on time, the same datagrams are sent faster.
  if (free !== undefined && !isTimed(channel)) return rate * (free.cost.seconds / duration);
  if (receivesAnything(channel, duration, effort) < confidence) return undefined;
  const suffices = (tried: number) => {
    const air = prepareAir({ ...parameters, rate: tried });
    const most = Math.min(mostSymbols(air, duration), MOST_TRIED);
    return (
      most >= air.longest && outline({ air, channel, effort }, most, Math.floor).probability >= confidence
    );
  };
  for (let times = 2; times <= MOST_TIMES; times *= 2) {
    if (!suffices(times * rate)) continue;
    const half = (times / 2) * rate;
    const step = leastWhole((steps) => suffices(half * 2 ** (steps / STEPS)), 0, STEPS);
    return half * 2 ** (step / STEPS);
  }
  return undefined;
}

/** The probability that anything arrives within a duration: no rate gives more. */
function receivesAnything({ structure }: Channel, duration: number, effort: Effort): number {
  switch (structure?.model) {
    case 'rain-fade':
      return createClearTime(structure, effort)(0, { faded: duration, lost: 0 });
    case 'shadowing':
      return 1 - structure.share * Math.exp(-duration / structure.meanSeconds);
    case 'pass':
      return visibleAtLeast(
        { period: structure.periodSeconds, length: structure.windowSeconds },
        duration,
        Number.MIN_VALUE,
      );
    case 'recorder':
      return duration > (structure.startSeconds ?? 0) + (structure.endSeconds ?? 0) ? 1 : 0;
    default:
      return 1;
  }
}

/** Losses that depend on time, and not on how many datagrams are sent in it. */
function isTimed({ structure }: Channel): boolean {
  return structure !== undefined && TIMED.includes(structure.model);
}

const TIMED: readonly string[] = ['rain-fade', 'shadowing', 'dvb-s2', 'pass', 'recorder'];
