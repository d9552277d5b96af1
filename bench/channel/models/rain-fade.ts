import type { Prng } from '../../../fixtures/prng.js';
import { requireProbability } from '../datagram.js';
import type { LossModel } from './loss.js';
import { outage, randomOutages, requireOutages } from './outage.js';

/** A two-state channel in continuous time: reception, and fades deeper than the receiver's margin. */
export interface RainFadeParameters {
  /** Share of the time that is spent in fades, 0 to less than 1. */
  share: number;
  /** Mean length of a fade in seconds, more than 0. */
  meanSeconds: number;
  /** Loss probability of a datagram that is sent during a fade; 1 by default. */
  lossInFade?: number;
}

/**
 * Ready-made parameters for a marginal consumer dish: 3 dB of margin, 30 degrees of elevation, circular polarization, at
 * 37 degrees latitude with a rain rate of 50 mm/h exceeded for 0.01 % of the year; 12 GHz (Ku) and 20 GHz (Ka).
 *
 * The share is the time of an average year for which ITU-R P.618-13 section 2.2.1.1 predicts more attenuation than
 * the margin. The mean length is that of exponential fades which spend half of their time in fades longer than D0 of
 * ITU-R P.1623-1 (median of the fading time by fade duration): D0 / 1.678.
 */
export const RAIN_BANDS = {
  ku: { share: 0.0013, meanSeconds: 260 },
  ka: { share: 0.0084, meanSeconds: 530 },
} as const satisfies Record<string, RainFadeParameters>;
export type RainBand = keyof typeof RAIN_BANDS;

export function requireRainFade({ share, meanSeconds, lossInFade = 1 }: RainFadeParameters): void {
  requireOutages(share, meanSeconds);
  requireProbability('loss in a fade', lossInFade);
}

/** Outages by rain, of exponentially distributed length, by the time of sending. */
export function rainFade(prng: Prng, parameters: RainFadeParameters): LossModel {
  requireRainFade(parameters);
  const { share, meanSeconds, lossInFade = 1 } = parameters;
  const fades = randomOutages(prng.fork('fades'), share, meanSeconds);
  return lossInFade === 1 ? outage(fades) : outage(fades, () => prng.chance(lossInFade));
}
