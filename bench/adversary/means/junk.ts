import { buildLct } from '../../../codecs/alc/index.js';
import { writeAuthPlaceholder } from '../../../codecs/auth/index.js';
import { concatBytes, fromHex, writeUint } from '../../../codecs/bytes.js';
import { SHORT_IDENTIFIERS, toiOf } from '../../../encoder/session/session.js';
import type { Prng } from '../../../fixtures/prng.js';
import { TSI } from '../world/world.js';
import { type Means, pick } from './means.js';

/** Bytes, the most. */
const LONGEST = 1472;

/** A symbol with a signature of random bytes. */
function symbol(prng: Prng, tsi: number, toi: number, length: number): Uint8Array {
  const auth = prng.bytes(68);
  writeAuthPlaceholder(auth, 0, 0, 0);
  auth.set(prng.bytes(64), 4);
  const payload = prng.bytes(4 + length);
  writeUint(payload, 0, 1, 0);
  writeUint(payload, 1, 3, prng.below(2000));
  return concatBytes(buildLct({ tsi, toi, codepoint: 6, ...SHORT_IDENTIFIERS }, [auth]), payload);
}

const anyToi = (prng: Prng) => 1 + prng.below(2 ** 16 - 1);

export const JUNK: readonly Means[] = [
  {
    name: 'junk: random bytes',
    needs: 'stranger',
    create:
      ({ prng }) =>
      () =>
        prng.bytes(1 + prng.below(LONGEST)),
  },
  {
    name: 'junk: objects that no table announces',
    needs: 'stranger',
    create:
      ({ prng }) =>
      () =>
        symbol(prng, TSI, anyToi(prng), 4 * prng.below(300)),
  },
  {
    name: 'junk: sessions that do not exist',
    needs: 'stranger',
    create:
      ({ prng }) =>
      () =>
        symbol(prng, prng.below(2 ** 16), anyToi(prng), 4 * prng.below(300)),
  },
  {
    name: 'junk: symbols of genuine objects',
    needs: 'stranger',
    create({ prng, genuine }) {
      const { editions } = genuine.programme;
      const digests = editions.flatMap(({ index, parts }) => [index, ...parts].map(({ sha256 }) => sha256));
      const tois = digests.map((sha256) => toiOf(fromHex(sha256)));
      const attacked = prng.chance(0.5) ? tois : tois.slice(0, 1);
      const lengths = [1388, 1340, 1088, 4 * prng.below(300)];
      return () => symbol(prng, TSI, pick(prng, attacked), pick(prng, lengths));
    },
  },
  {
    name: 'junk: unsigned datagrams',
    needs: 'stranger',
    create:
      ({ prng }) =>
      () =>
        concatBytes(
          buildLct({
            tsi: TSI,
            toi: prng.chance(0.2) ? 0 : anyToi(prng),
            codepoint: 6,
            ...SHORT_IDENTIFIERS,
          }),
          prng.bytes(4 + 4 * prng.below(300)),
        ),
  },
];
