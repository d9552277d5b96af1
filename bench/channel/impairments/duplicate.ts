import type { Prng } from '../../../fixtures/prng.js';
import { type Channel, type Datagram, requireProbability } from '../datagram.js';
import { countEvent, type Tally } from '../tally.js';

/** Delivers a datagram a second time, right after the first, with the given probability. */
export function duplicate<D extends Datagram>(
  prng: Prng,
  probability: number,
  tally: Tally<'duplicated'> = {},
): Channel<D> {
  requireProbability('probability of duplication', probability);
  return async function* (sent) {
    for await (const datagram of sent) {
      yield datagram;
      if (!prng.chance(probability)) continue;
      countEvent(tally, 'duplicated');
      yield datagram;
    }
  };
}
