import type { Prng } from '../../../fixtures/prng.js';
import { type Channel, ChannelError, type Datagram, requireProbability } from '../datagram.js';
import { countEvent, type Tally } from '../tally.js';

/**
 * Bit errors that a checksum on the way did not catch: with the given probability a datagram is hit, and then a
 * geometrically distributed number of its bits, at least one, is inverted.
 *
 * @param meanBits mean number of inverted bits in a datagram that is hit, at least 1
 */
export function corrupt<D extends Datagram>(
  prng: Prng,
  probability: number,
  meanBits = 3,
  tally: Tally<'corrupted'> = {},
): Channel<D> {
  requireProbability('probability of bit errors', probability);
  if (!(meanBits >= 1)) {
    throw new ChannelError(
      `The mean number of bit errors is ${meanBits}; a damaged datagram has at least 1.`,
    );
  }
  return async function* (sent) {
    for await (const datagram of sent) {
      if (datagram.payload.length === 0 || !prng.chance(probability)) {
        yield datagram;
        continue;
      }
      countEvent(tally, 'corrupted');
      yield { ...datagram, payload: invertBits(prng, datagram.payload, prng.geometric(meanBits)) };
    }
  };
}

/** A copy with `count` different bits inverted (all of them when it has fewer). */
function invertBits(prng: Prng, payload: Uint8Array, count: number): Uint8Array {
  const damaged = payload.slice();
  const total = 8 * payload.length;
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, total)) chosen.add(prng.below(total));
  for (const bit of chosen) damaged[bit >>> 3]! ^= 0x80 >>> (bit & 7);
  return damaged;
}
