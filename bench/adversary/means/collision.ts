import { fromHex } from '../../../codecs/bytes.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { toiOf } from '../../../encoder/session/session.js';
import { createTransmission, type SentObject } from '../world/transmit.js';
import type { Programme, World } from '../world/world.js';
import { type Means, replay } from './means.js';

/** TOIs of the objects of a programme. */
function toisOf({ editions }: Programme): number[] {
  return editions
    .flatMap(({ index, parts }) => [index, ...parts])
    .map(({ sha256 }) => toiOf(fromHex(sha256)));
}

/** Symbols recorded of each object. */
const SYMBOLS = 6;

/** Genuine objects that were sent once under the TOIs of others. */
async function sendUnder(
  world: World,
  keys: Keys,
  objects: readonly Omit<SentObject, 'toi'>[],
  tois: readonly number[],
): Promise<Uint8Array[]> {
  const sender = createTransmission(world.schemes, keys, { mtu: 1200, authDepth: 0 });
  const datagrams: Uint8Array[] = [];
  for (const [i, object] of objects.entries()) {
    const sent = { ...object, toi: tois[i % tois.length]! };
    datagrams.push(...(await sender.tables([sent])));
    datagrams.push(...(await sender.symbols(sent, { sbn: 0, esi: 0, count: SYMBOLS })));
  }
  return datagrams;
}

const objectsOf = ({ editions }: Programme): Omit<SentObject, 'toi'>[] =>
  editions.flatMap(({ sequence, index, indexObject, objects }) => [
    { bytes: indexObject, edition: { sequence, signature: index.signature } },
    ...objects.map(({ object }) => ({ bytes: object })),
  ]);

/** Lengths of packets that the session was sent with in the past. */
const MANY_MTUS = Array.from({ length: 12 }, (_, i) => 1100 + 10 * i);
/** Bundles of our publisher that are not sent any more. */
const MANY_BUNDLES = 40;

async function manyBundles(world: World): Promise<Uint8Array[]> {
  return world.once('many bundles', async (prng) => {
    const sender = createTransmission(world.schemes, world.keys.first, { mtu: 1500, authDepth: 0 });
    const datagrams: Uint8Array[] = [];
    for (let i = 0; i < MANY_BUNDLES; i++) {
      const part = world.library.part(prng, 2000, 0);
      const edition = await world.library.edition(world.publishers.ours, { name: `old-${i}`, sequence: 1 }, [
        part,
      ]);
      const objects = objectsOf({ editions: [edition] }).map((object, at) => ({
        ...object,
        toi: 1 + 2 * i + at,
      }));
      datagrams.push(...(await sender.tables(objects)));
      for (const object of objects) datagrams.push(...(await sender.symbols(object)));
    }
    return datagrams;
  });
}

export const COLLISIONS: readonly Means[] = [
  {
    name: 'TOIs of older editions of the same publisher',
    needs: 'stranger',
    async create({ prng, world, genuine }) {
      const [oldest] = world.programmes;
      const recording = await world.once('collision: same publisher', () =>
        sendUnder(world, world.keys.first, objectsOf(oldest!), toisOf(genuine.programme)),
      );
      return replay(prng, recording);
    },
  },
  {
    name: 'TOIs of another trusted publisher',
    needs: 'stranger',
    async create({ prng, world, genuine }) {
      const recording = await world.once('collision: other publisher', () =>
        sendUnder(world, world.keys.other, objectsOf(world.otherProgramme), toisOf(genuine.programme)),
      );
      return replay(prng, recording);
    },
  },
  {
    name: 'TOIs of twelve layouts of the same objects',
    needs: 'stranger',
    async create({ prng, world, genuine }) {
      const { keys, programme } = genuine;
      const recording = await world.once(`collision: layouts ${keys.certificate.generation}`, async () => {
        const [objects, tois] = [objectsOf(programme), toisOf(programme)];
        const datagrams: Uint8Array[] = [];
        for (const mtu of MANY_MTUS) {
          const sender = createTransmission(world.schemes, keys, { mtu, authDepth: 0 });
          for (const [i, object] of objects.entries()) {
            const sent = { ...object, toi: tois[i]! };
            datagrams.push(...(await sender.tables([sent])));
            datagrams.push(...(await sender.symbols(sent, { sbn: 0, esi: 0, count: 2 })));
          }
        }
        return datagrams;
      });
      return replay(prng, recording);
    },
  },
  {
    name: 'replay of forty other bundles',
    needs: 'stranger',
    create: async ({ prng, world }) => replay(prng, await manyBundles(world)),
  },
];
