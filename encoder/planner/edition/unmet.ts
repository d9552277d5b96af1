import { leastWhole } from '../completion/bisect.js';
import type { Effort } from '../completion/effort.js';
import type { Channel } from '../question/model.js';
import { carouselEdition } from './carousel.js';
import { inCarousel, listenTo, longestWait } from './chances/stages.js';
import { timeUntil } from './chances/times.js';
import { chooseOrder, type Goal } from './choose-order.js';
import { type EditionAirParameters, prepareEdition } from './prepare.js';

/** Why the confidence is not reached. */
export interface EditionUnmet {
  /** `duration`: it is too short; `channel`: no repair suffices. */
  readonly limit: 'duration' | 'channel';
  /** What is reached. */
  readonly probability: number;
  /** The duration that would do at this rate. */
  readonly duration: number | undefined;
  /** The rate that would do within the duration, bits per second. */
  readonly rate: number | undefined;
}

/** Rates up to so many doublings of the given one are tried, and found to a part of a doubling. */
const MOST_DOUBLINGS = 7;
const STEPS = 16;

/** What would meet a goal that is out of reach. @param probability that is reached */
export function unmetGoal(
  probability: number,
  parameters: EditionAirParameters & Goal,
  channel: Channel,
  effort: Effort,
): EditionUnmet {
  const { rate, duration, confidence } = parameters;
  const needed = effort.attempt(() => secondsNeeded(parameters, channel, effort));
  if (needed === undefined || duration === undefined) {
    return {
      limit: duration === undefined ? 'channel' : 'duration',
      probability,
      duration: needed,
      rate: undefined,
    };
  }
  const suffices = (tried: number) => {
    const seconds = secondsNeeded({ ...parameters, rate: tried, confidence }, channel, effort);
    return seconds !== undefined && seconds <= duration;
  };
  const found = effort.attempt(() => {
    for (let doubling = 1; doubling <= MOST_DOUBLINGS; doubling++) {
      if (!suffices(rate * 2 ** doubling)) continue;
      const from = rate * 2 ** (doubling - 1);
      return from * 2 ** (leastWhole((step) => suffices(from * 2 ** (step / STEPS)), 0, STEPS) / STEPS);
    }
    return undefined;
  });
  return { limit: 'duration', probability, duration: needed, rate: found };
}

/** How long it takes to reach the confidence, or undefined. */
function secondsNeeded(
  parameters: EditionAirParameters & Goal,
  channel: Channel,
  effort: Effort,
): number | undefined {
  const prepared = prepareEdition(parameters);
  const { confidence } = parameters;
  const { meets, order, sequence, mixed } = chooseOrder(prepared, { confidence }, channel, effort);
  if (!meets) return undefined;
  if (channel.structure?.model !== 'pass') return ((order === 'sequence' && sequence) || mixed).air.period;
  const carousel = carouselEdition(prepared, mixed.objects);
  const complete = inCarousel(carousel, listenTo(carousel, channel, effort), channel, 'all', effort);
  return timeUntil(complete, confidence, longestWait(carousel, channel));
}
