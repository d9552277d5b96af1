import type { Prng } from '../../../fixtures/prng.js';
import { requirePositive, requireProbability } from '../datagram.js';
import type { LossModel } from './loss.js';
import { type Outage, outage, requireOutages } from './outage.js';

/** Reception, and fades deeper than the receiver's margin. */
export interface RainFadeParameters {
  /** Share of the time that is spent in fades, 0 to less than 1. */
  share: number;
  /** Mean length of a fade in seconds, more than 0. */
  meanSeconds: number;
  /** Standard deviation of the logarithm of the length of a fade; DEFAULT_SIGMA by default. */
  sigma?: number;
  /** Loss probability of a datagram that is sent during a fade; 1 by default. */
  lossInFade?: number;
}

/** Between those of the ready-made bands. */
export const DEFAULT_SIGMA = 1.6;

/**
 * Ready-made parameters for a marginal consumer dish: 3 dB of C/N in clear sky above what is needed, a system noise of 120 K,
 * 30 degrees of elevation, circular polarization, at 37 degrees latitude with a rain rate of 50 mm/h exceeded for 0.01 % of
 * the year; 12 GHz (Ku) and 20 GHz (Ka). 1.15 dB of rain cost it 3 dB, as rain adds noise (ITU-R P.618-13 section 3).
 *
 * The share is the time of an average year for which section 2.2.1.1 predicts more attenuation than that. The logarithm of
 * the length deviates as ITU-R P.1623-1 says, and half of the fading time lies in fades longer than its D0: the mean length
 * is D0 exp(-sigma^2 / 2).
 */
export const RAIN_BANDS = {
  ku: { share: 0.0062, meanSeconds: 168, sigma: 1.628 },
  ka: { share: 0.034, meanSeconds: 366, sigma: 1.587 },
} as const satisfies Record<string, RainFadeParameters>;
export type RainBand = keyof typeof RAIN_BANDS;

export function requireRainFade({ share, meanSeconds, sigma, lossInFade = 1 }: RainFadeParameters): void {
  requireOutages(share, meanSeconds);
  if (sigma !== undefined) requirePositive('deviation of the logarithm of the length of a fade', sigma);
  requireProbability('loss in a fade', lossInFade);
}

/** Outages by rain, of log-normally distributed length (ITU-R P.1623-1), by the time of sending. */
export function rainFade(prng: Prng, parameters: RainFadeParameters): LossModel {
  requireRainFade(parameters);
  const { lossInFade = 1 } = parameters;
  const fades = rainFades(prng.fork('fades'), parameters);
  return lossInFade === 1 ? outage(fades) : outage(fades, () => prng.chance(lossInFade));
}

/**
 * Fades of log-normally distributed length, with exponentially distributed times of reception between them; the first moment
 * meets the stationary distribution: in a fade with the probability `share`, and then in one that lasts as long as fades do
 * that fill the time, whose logarithm has a mean larger by its variance, at a random moment of it.
 */
function* rainFades(
  prng: Prng,
  { share, meanSeconds, sigma = DEFAULT_SIGMA }: RainFadeParameters,
): Generator<Outage> {
  if (share === 0) return;
  const meanReception = (meanSeconds * (1 - share)) / share;
  const logNormal = (logMedian: number) => Math.exp(logMedian + sigma * normal(prng));
  const logMedian = Math.log(meanSeconds) - sigma ** 2 / 2;
  let from = 0;
  let to = 0;
  if (prng.chance(share)) to = prng.uniform() * logNormal(logMedian + sigma ** 2);
  else {
    from = prng.exponential(meanReception);
    to = from + logNormal(logMedian);
  }
  for (;;) {
    yield { from, to };
    from = to + prng.exponential(meanReception);
    to = from + logNormal(logMedian);
  }
}

/** G. E. P. Box, M. E. Muller, "A note on the generation of random normal deviates", Annals of Mathematical Statistics 29 (1958). */
function normal(prng: Prng): number {
  return Math.sqrt(2 * prng.exponential(1)) * Math.cos(2 * Math.PI * prng.uniform());
}
