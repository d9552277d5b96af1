import { buildLct, parseLct } from '../../../codecs/alc/index.js';
import { writeAuthPlaceholder } from '../../../codecs/auth/index.js';
import { concatBytes, writeUint } from '../../../codecs/bytes.js';
import { SHORT_IDENTIFIERS } from '../../../encoder/session/session.js';
import type { Prng } from '../../../fixtures/prng.js';
import { type Hearing, hear, hearSome, isTable, type Means } from './means.js';

/** Bytes, the most. */
const LONGEST = 1472;
/** Of a datagram with a signature of its own, before its symbols: header, EXT_AUTH and FEC payload ID. */
const HEADERS = 84;

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

/** The session that is attacked. */
const tsiOf = (scene: Hearing) => parseLct(hear(scene)).tsi ?? 0;

export const JUNK: readonly Means<Hearing>[] = [
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
    create: (scene) => () => {
      const { prng } = scene;
      return symbol(prng, tsiOf(scene), anyToi(prng), 4 * prng.below(300));
    },
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
    create: (scene) => () => {
      const { length } = hear(scene);
      const { tsi = 0, toi = 1 } = parseLct(hearSome(scene, (datagram) => !isTable(datagram)));
      return symbol(scene.prng, tsi, toi, scene.prng.chance(0.7) ? Math.max(0, length - HEADERS) : 4);
    },
  },
  {
    name: 'junk: unsigned datagrams',
    needs: 'stranger',
    create: (scene) => () => {
      const { prng } = scene;
      const toi = prng.chance(0.2) ? 0 : anyToi(prng);
      const header = buildLct({ tsi: tsiOf(scene), toi, codepoint: 6, ...SHORT_IDENTIFIERS });
      return concatBytes(header, prng.bytes(4 + 4 * prng.below(300)));
    },
  },
];
