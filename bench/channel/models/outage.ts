import type { Prng } from '../../../fixtures/prng.js';
import { ChannelError, requirePositive, requireProbability, requireTime } from '../datagram.js';
import type { LossModel } from './loss.js';

/** A time without reception, in seconds: `from` belongs to it, `to` does not. */
export interface Outage {
  from: number;
  to: number;
}

/**
 * Timed outages: what is sent during an outage is lost, everything else arrives.
 *
 * @param outages in order of time, not overlapping; may be endless, it is read as time goes on
 * @param isLost decides about a datagram that is sent during an outage; by default all of them are lost
 */
export function outage(outages: Iterable<Outage>, isLost: () => boolean = () => true): LossModel {
  const schedule = outages[Symbol.iterator]();
  let from = Number.NEGATIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  return (datagram) => {
    const seconds = requireTime(datagram);
    while (to <= seconds) {
      const next = schedule.next();
      from = next.done ? Number.POSITIVE_INFINITY : next.value.from;
      to = next.done ? Number.POSITIVE_INFINITY : next.value.to;
    }
    return from <= seconds && isLost();
  };
}

/**
 * Outages of exponentially distributed length, with exponentially distributed times of reception between them;
 * the first moment meets the stationary distribution.
 *
 * @param share mean share of the time without reception, 0 to less than 1
 * @param meanSeconds mean length of an outage, more than 0
 */
export function* randomOutages(prng: Prng, share: number, meanSeconds: number): Generator<Outage> {
  requireOutages(share, meanSeconds);
  if (share === 0) return;
  const meanReception = (meanSeconds * (1 - share)) / share;
  let from = prng.chance(share) ? 0 : prng.exponential(meanReception);
  for (;;) {
    const to = from + prng.exponential(meanSeconds);
    yield { from, to };
    from = to + prng.exponential(meanReception);
  }
}

/** Checks the parameters of `randomOutages`. */
export function requireOutages(share: number, meanSeconds: number): void {
  requireProbability('share of time without reception', share);
  requirePositive('mean length of an outage in seconds', meanSeconds);
  if (share === 1) {
    throw new ChannelError('Random outages cannot take all of the time; give a share below 1.');
  }
}
