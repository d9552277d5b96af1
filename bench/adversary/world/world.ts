import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { createPrng, type Prng } from '../../../fixtures/prng.js';
import { createLibrary, type Library, type MadeEdition, type MadePart } from './editions.js';
import { certify, makePublisher, nextKeyOf, succeed } from './keys.js';
import { type Layout, recordBroadcast } from './live.js';
import { createRememberingCrypto } from './remembering-crypto.js';

/** The session that everybody means. */
export const TSI = 7;
const OTHER_TSI = 9;

/** Layouts that the genuine session has had, now this and then that. */
export const LAYOUTS: readonly Layout[] = [
  { mtu: 1500, authDepth: 0 },
  { mtu: 1500, authDepth: 3 },
  { mtu: 1200, authDepth: 0 },
];

/** Bytes of the parts of the bundles. */
const NEWS_PARTS = [16_000, 28_000, 30_000, 30_000, 32_000, 36_000, 40_000, 60_000];
const WEATHER_PARTS = [20_000, 40_000];
const EDITIONS = 4;
/** Parts that an edition replaces. */
const REPLACED = 3;
/** Datagrams of a recording: several times what a receiver needs. */
const RECORDED = 2400;

export interface Publishers {
  /** Whose editions are to be received; each names the key that follows. */
  readonly ours: SecretKey;
  /** The key that follows. */
  readonly next: SecretKey;
  /** Trusted too. */
  readonly other: SecretKey;
  /** Not trusted. */
  readonly stranger: SecretKey;
}

export interface UplinkKeys {
  readonly first: Keys;
  /** Of the next generation. */
  readonly successor: Keys;
  /** Certified by the publisher's next key, which has taken the place of the first. */
  readonly next: Keys;
  /** Of the other publisher: in the same session, and in another. */
  readonly other: Keys;
  readonly otherSession: Keys;
  readonly stranger: Keys;
}

/** What is on the air at a time: the editions of all bundles. */
export interface Programme {
  readonly editions: readonly MadeEdition[];
}

/** All that was ever published and sent, and what an attacker makes of it. What is asked for once is kept. */
export interface World {
  readonly schemes: FecSchemes;
  /** Of the receivers. */
  readonly crypto: Crypto;
  readonly library: Library;
  readonly publishers: Publishers;
  readonly keys: UplinkKeys;
  /** Programmes of our publisher, the newest at the end. */
  readonly programmes: readonly Programme[];
  /** The newest one, by the publisher's next key: its numbers begin anew. */
  readonly succeeded: Programme;
  /** Of the other publisher: bundles of the same names. */
  readonly otherProgramme: Programme;
  /** The first datagrams of a session. */
  broadcast(keys: Keys, programme: Programme, layout: Layout): Promise<readonly Uint8Array[]>;
  /** Makes something once in the life of the world. */
  once<T>(name: string, make: (prng: Prng) => Promise<T>): Promise<T>;
  close(): void;
}

/** What the world is made from: it is always the same. */
const SEED = 1;

/**
 * Takes some seconds as it is asked for more.
 *
 * @param parent of the directory of its objects
 */
export async function createWorld(parent = tmpdir()): Promise<World> {
  const directory = mkdtempSync(join(parent, 'datacast-adversary-'));
  const prng = createPrng(SEED);
  const schemes = await loadFecSchemes();
  const library = createLibrary(directory);
  const [ours, next, other, stranger] = await Promise.all(
    ['ours', 'next', 'other', 'stranger'].map((name) => makePublisher(prng.fork(name))),
  );
  const publishers = { ours: ours!, next: next!, other: other!, stranger: stranger! };
  const keys = await makeUplinkKeys(publishers, prng.fork('uplinks'));
  const nextKey = nextKeyOf(publishers.next);
  const publish: Publish = (key, bundle, parts) =>
    library.edition(key, key === publishers.ours ? { ...bundle, nextKey } : bundle, parts);
  const programmes = await makeProgrammes(library, publish, publishers.ours, EDITIONS, prng.fork('editions'));
  const succeeded: Programme = {
    editions: await Promise.all(
      programmes
        .at(-1)!
        .editions.map(({ name, objects }) => publish(publishers.next, { name, sequence: 1 }, objects)),
    ),
  };
  const [otherProgramme] = await makeProgrammes(
    library,
    publish,
    publishers.other,
    1,
    prng.fork('other editions'),
  );
  const made = new Map<string, Promise<unknown>>();

  function once<T>(name: string, make: (prng: Prng) => Promise<T>): Promise<T> {
    const known = made.get(name) ?? make(prng.fork(name));
    made.set(name, known);
    return known as Promise<T>;
  }

  return {
    schemes,
    crypto: createRememberingCrypto(),
    library,
    publishers,
    keys,
    programmes,
    succeeded,
    otherProgramme: otherProgramme!,
    once,
    broadcast(uplink, { editions }, { mtu, authDepth }) {
      const { tsi, generation } = uplink.certificate;
      const sequences = editions.map(({ name, sequence }) => `${name} ${sequence}`);
      const sender = `${uplink.publisher.keyId} ${tsi} ${generation}`;
      return once(`broadcast ${sender} ${sequences} ${mtu} ${authDepth}`, () =>
        recordBroadcast(schemes, directory, { keys: uplink, editions, mtu, authDepth }, RECORDED),
      );
    },
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function makeUplinkKeys({ ours, next, other, stranger }: Publishers, prng: Prng): Promise<UplinkKeys> {
  const key = (publisher: SecretKey, tsi: number, generation: number) =>
    certify(publisher, { tsi, generation, uplinkSeed: prng.bytes(32) });
  return {
    first: await key(ours, TSI, 1),
    successor: await key(ours, TSI, 2),
    other: await key(other, TSI, 1),
    otherSession: await key(other, OTHER_TSI, 1),
    stranger: await key(stranger, TSI, 1),
    next: await certify(next, { tsi: TSI, generation: 1, uplinkSeed: prng.bytes(32) }, [
      await succeed(ours, next),
    ]),
  };
}

type Publish = Library['edition'];

/** Programmes of two bundles, each of which replaces some parts of the one before. */
async function makeProgrammes(
  library: Pick<Library, 'part'>,
  publish: Publish,
  publisher: SecretKey,
  count: number,
  prng: Prng,
): Promise<Programme[]> {
  const make = (sizes: readonly number[]) => sizes.map((bytes, place) => library.part(prng, bytes, place));
  const replace = (parts: MadePart[], times: number) => {
    for (let i = 0; i < times; i++) {
      const place = prng.below(parts.length);
      parts[place] = library.part(prng, parts[place]!.listed.bytes, place);
    }
  };
  const news = make(NEWS_PARTS);
  const weather = make(WEATHER_PARTS);
  const programmes: Programme[] = [];
  for (let sequence = 1; sequence <= count; sequence++) {
    const editions = [
      await publish(publisher, { name: 'news', sequence }, [...news]),
      await publish(publisher, { name: 'weather', sequence }, [...weather]),
    ];
    programmes.push({ editions });
    replace(news, REPLACED);
    replace(weather, 1);
  }
  return programmes;
}
