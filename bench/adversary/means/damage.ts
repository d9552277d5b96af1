import { concatBytes } from '../../../codecs/bytes.js';
import type { Prng } from '../../../fixtures/prng.js';
import { type Hearing, hear, type Means } from './means.js';

/** A genuine datagram, damaged on its way. */
function damage(name: string, change: (datagram: Uint8Array, prng: Prng) => Uint8Array): Means<Hearing> {
  return { name, needs: 'stranger', create: (scene) => () => change(hear(scene), scene.prng) };
}

function invertBits(datagram: Uint8Array, prng: Prng): Uint8Array {
  const damaged = datagram.slice();
  for (let left = prng.geometric(3); left > 0; left--) {
    damaged[prng.below(damaged.length)]! ^= 1 << prng.below(8);
  }
  return damaged;
}

export const DAMAGES: readonly Means<Hearing>[] = [
  damage('bit errors', invertBits),
  damage('truncation', (datagram, prng) => datagram.slice(0, prng.below(datagram.length))),
  damage('bytes behind the end', (datagram, prng) =>
    concatBytes(datagram, prng.bytes(1 + prng.below(datagram.length))),
  ),
];
