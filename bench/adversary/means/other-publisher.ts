import { fromHex } from '../../../codecs/bytes.js';
import type { Prng } from '../../../fixtures/prng.js';
import type { MadeEdition, MadePart } from '../world/editions.js';
import { certify } from '../world/keys.js';
import { createTransmission, type Transmission } from '../world/transmit.js';
import { TSI, type World } from '../world/world.js';
import { type Means, replay, type Scene } from './means.js';
import { sendIndex, toi } from './send-edition.js';

type Make = (publisher: Transmission, scene: Scene, prng: Prng) => Promise<Uint8Array[]>;

/** Of the other publisher whom the receiver trusts, in the session of ours. */
function otherPublisher(name: string, make: Make): Means {
  return {
    name: `other publisher: ${name}`,
    needs: 'publisher',
    async create(scene) {
      const { world } = scene;
      const recording = await world.once(`other publisher: ${name}`, (prng) =>
        make(createTransmission(world.schemes, world.keys.other, { mtu: 1200, authDepth: 0 }), scene, prng),
      );
      return replay(scene.prng, recording);
    },
  };
}

const publish = (world: World, name: string, sequence: number, parts: readonly MadePart[]) =>
  world.library.edition(world.publishers.other, { name, sequence }, parts);

/** Tables of all parts, and the first symbols of each. */
async function beginParts(
  sender: Transmission,
  { objects }: MadeEdition,
  count: number,
): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = [];
  for (const { object, listed } of objects) {
    const sent = { bytes: object, toi: toi(listed) };
    datagrams.push(...(await sender.tables([sent])));
    datagrams.push(...(await sender.symbols(sent, { sbn: 0, esi: 0, count })));
  }
  return datagrams;
}

const BUNDLES = 40;
const MANY_PARTS = 200;
const LARGE_PARTS = 12;
const LARGE = 100_000;
const SEQUENCES = 60;
const GENERATIONS = 40;

export const OTHER_PUBLISHER: readonly Means[] = [
  otherPublisher('forty bundles', async (sender, { world }, prng) => {
    const datagrams: Uint8Array[] = [];
    for (let i = 0; i < BUNDLES; i++) {
      const edition = await publish(world, `bundle-${i}`, 1, [world.library.part(prng, 1500, 0)]);
      datagrams.push(...(await sendIndex(sender, edition)), ...(await beginParts(sender, edition, 4)));
    }
    return datagrams;
  }),
  otherPublisher('an edition of many parts', async (sender, { world }, prng) => {
    const parts = Array.from({ length: MANY_PARTS }, (_, place) => world.library.part(prng, 1500, place));
    const edition = await publish(world, 'many', 1, parts);
    return [...(await sendIndex(sender, edition)), ...(await beginParts(sender, edition, 1))];
  }),
  otherPublisher('large parts that are never complete', async (sender, { world }, prng) => {
    const parts = Array.from({ length: LARGE_PARTS }, (_, place) => world.library.part(prng, LARGE, place));
    const edition = await publish(world, 'large', 1, parts);
    return [...(await sendIndex(sender, edition)), ...(await beginParts(sender, edition, 75))];
  }),
  otherPublisher('our parts with bad bytes', async (sender, { world, genuine }, prng) => {
    const [news] = genuine.programme.editions;
    const parts = news!.objects.map(({ object, listed }) => ({ listed, object: prng.bytes(object.length) }));
    const edition = await publish(world, 'news', 1000, parts);
    const datagrams = await sendIndex(sender, edition);
    for (const { object, listed } of parts) {
      const sent = { bytes: object, toi: toi(listed), sha256: fromHex(listed.sha256) };
      datagrams.push(...(await sender.tables([sent])), ...(await sender.symbols(sent)));
    }
    return datagrams;
  }),
  otherPublisher('sequence numbers that rise', async (sender, { world }, prng) => {
    const datagrams: Uint8Array[] = [];
    const part = world.library.part(prng, 1500, 0);
    for (let i = 0; i < SEQUENCES; i++) {
      datagrams.push(...(await sendIndex(sender, await publish(world, 'weather', 10 + i, [part]))));
    }
    return datagrams;
  }),
  otherPublisher('generations and keys without end', async (_, { world }, prng) => {
    const datagrams: Uint8Array[] = [];
    const part = world.library.part(prng, 1500, 0);
    for (let i = 0; i < GENERATIONS; i++) {
      const certified = { tsi: TSI, generation: 2 + (i >> 1), uplinkSeed: prng.bytes(32) };
      const keys = await certify(world.publishers.other, certified);
      const sender = createTransmission(world.schemes, keys, { mtu: 1200, authDepth: 0 });
      const sent = { bytes: part.object, toi: toi(part.listed) };
      datagrams.push(...(await sender.tables([sent])), ...(await sender.symbols(sent)));
    }
    return datagrams;
  }),
];
