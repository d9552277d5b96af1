import type { Prng } from '../../../fixtures/prng.js';
import type { LossModel } from './loss.js';
import { outage, randomOutages, requireOutages } from './outage.js';

/** A moving receiver that houses and trees shadow: reception and shadow, both of exponentially distributed length. */
export interface ShadowingParameters {
  /** Share of the time in shadow, 0 to less than 1. */
  share: number;
  /** Mean time in shadow, seconds, more than 0. */
  meanSeconds: number;
}

export function requireShadowing({ share, meanSeconds }: ShadowingParameters): void {
  requireOutages(share, meanSeconds);
}

/** Outages of exponentially distributed length, by the time of sending. */
export function shadowing(prng: Prng, parameters: ShadowingParameters): LossModel {
  requireShadowing(parameters);
  return outage(randomOutages(prng.fork('fades'), parameters.share, parameters.meanSeconds));
}
