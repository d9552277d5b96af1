import { buildLct } from '../../../codecs/alc/index.js';
import { buildSuccession, buildSuccessionExtension } from '../../../codecs/auth/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { ENCODING_ID } from '../../../encoder/session/blocks.js';
import type { Prng } from '../../../fixtures/prng.js';
import { certify, nextKeyOf } from '../world/keys.js';
import { createTransmission, type Transmission } from '../world/transmit.js';
import { TSI, type World } from '../world/world.js';
import { type Means, replay } from './means.js';
import { sendIndex, sendParts } from './send-edition.js';

type Make = (world: World, prng: Prng) => Promise<Uint8Array[]>;

/** With the first key of our publisher, which has named its successor. */
function stolenPublisherKey(name: string, make: Make): Means {
  return {
    name: `stolen publisher's key: ${name}`,
    needs: 'publisher-thief',
    async create({ world, prng }) {
      return replay(prng, await world.once(`publisher's thief: ${name}`, (once) => make(world, once)));
    },
  };
}

/** Nothing later seems newer. */
const HIGHEST_SEQUENCE = 4_000_000_000;
const HIGHEST_GENERATION = 2 ** 32 - 1;

/** An uplink of the thief's own. */
async function uplink(
  world: World,
  publisher: SecretKey,
  generation: number,
  prng: Prng,
): Promise<Transmission> {
  const keys = await certify(publisher, { tsi: TSI, generation, uplinkSeed: prng.bytes(32) });
  return createTransmission(world.schemes, keys, { mtu: 1200, authDepth: 0 });
}

/** Editions of our bundles. */
async function editions(
  world: World,
  { publisher, nextKey }: { readonly publisher: SecretKey; readonly nextKey?: string },
  prng: Prng,
): Promise<Uint8Array[]> {
  const sender = await uplink(world, publisher, 1000, prng);
  const datagrams: Uint8Array[] = [];
  for (const name of ['news', 'weather']) {
    const bundle = { name, sequence: HIGHEST_SEQUENCE, ...(nextKey !== undefined && { nextKey }) };
    const edition = await world.library.edition(publisher, bundle, [world.library.part(prng, 3000, 0)]);
    datagrams.push(...(await sendIndex(sender, edition)), ...(await sendParts(sender, edition)));
  }
  return datagrams;
}

async function statement(from: Parameters<typeof buildSuccession>[1], to: SecretKey): Promise<Uint8Array> {
  const bytes = await buildSuccession(nodeCrypto, from, to, undefined);
  return buildLct({ tsi: TSI, toi: 0, codepoint: ENCODING_ID.raptorq }, [buildSuccessionExtension(bytes)]);
}

export const STOLEN_PUBLISHER_KEY: readonly Means[] = [
  stolenPublisherKey('editions of the highest number', (world, prng) => {
    const { ours, next } = world.publishers;
    return editions(world, { publisher: ours, nextKey: nextKeyOf(next) }, prng);
  }),
  stolenPublisherKey('editions that name another successor', (world, prng) => {
    const { ours, stranger } = world.publishers;
    return editions(world, { publisher: ours, nextKey: nextKeyOf(stranger) }, prng);
  }),
  stolenPublisherKey('statements for a key of his own', async (world, prng) => {
    const { ours, next, stranger } = world.publishers;
    return [
      await statement(ours, stranger),
      await statement({ publicKey: ours.publicKey }, stranger),
      await statement({ publicKey: next.publicKey }, stranger),
      ...(await editions(world, { publisher: stranger }, prng)),
    ];
  }),
  stolenPublisherKey('certificates of the highest generation', async (world, prng) => {
    const sender = await uplink(world, world.publishers.ours, HIGHEST_GENERATION, prng);
    const [news] = world.succeeded.editions;
    return [...(await sendIndex(sender, news!)), ...(await sendParts(sender, news!))];
  }),
];
