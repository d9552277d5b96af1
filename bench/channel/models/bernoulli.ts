import type { Prng } from '../../../fixtures/prng.js';
import { requireProbability } from '../datagram.js';
import type { LossModel } from './loss.js';

/** Independent loss: every datagram is lost with the same probability, whatever happened to the others. */
export function bernoulli(prng: Prng, lossProbability: number): LossModel {
  requireProbability('loss probability', lossProbability);
  return () => prng.chance(lossProbability);
}
