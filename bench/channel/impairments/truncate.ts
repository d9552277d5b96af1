import type { Prng } from '../../../fixtures/prng.js';
import { type Channel, type Datagram, requireProbability } from '../datagram.js';
import { countEvent, type Tally } from '../tally.js';

/** Cuts the end off a datagram with the given probability; what is left is 0 bytes up to all but one. */
export function truncate<D extends Datagram>(
  prng: Prng,
  probability: number,
  tally: Tally<'truncated'> = {},
): Channel<D> {
  requireProbability('probability of truncation', probability);
  return async function* (sent) {
    for await (const datagram of sent) {
      if (datagram.payload.length === 0 || !prng.chance(probability)) {
        yield datagram;
        continue;
      }
      countEvent(tally, 'truncated');
      yield { ...datagram, payload: datagram.payload.slice(0, prng.below(datagram.payload.length)) };
    }
  };
}
