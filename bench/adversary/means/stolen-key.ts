import { fromHex } from '../../../codecs/bytes.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { toiOf } from '../../../encoder/session/session.js';
import type { Prng } from '../../../fixtures/prng.js';
import { createTransmission, type SentObject, type Transmission } from '../world/transmit.js';
import { type Means, replay, type Scene } from './means.js';

/** A genuine object, as it is announced. */
interface Announced {
  readonly sha256: string;
  readonly length: number;
  /** Of an index. */
  readonly edition: SentObject['edition'];
}

function genuineObjects({ genuine }: Scene): Announced[] {
  return genuine.programme.editions.flatMap(({ sequence, index, parts }) => [
    { ...index, edition: { sequence, signature: index.signature } },
    ...parts.map((part) => ({ ...part, edition: undefined })),
  ]);
}

/** What the thief makes of a genuine object. */
type Make = (thief: Transmission, object: Announced, prng: Prng) => Promise<Uint8Array[]>;

/** Signed with the first uplink key, for all genuine objects. */
function stolenKey(name: string, make: Make): Means {
  return {
    name: `stolen key: ${name}`,
    needs: 'thief',
    async create(scene) {
      const { world, genuine } = scene;
      const { mtu, authDepth } = genuine.layout;
      const recording = await world.once(`thief: ${name} ${mtu} ${authDepth}`, async (prng) => {
        const thief = createTransmission(world.schemes, world.keys.first, genuine.layout);
        const datagrams: Uint8Array[] = [];
        for (const object of genuineObjects(scene)) datagrams.push(...(await make(thief, object, prng)));
        return datagrams;
      });
      return replay(scene.prng, recording);
    },
  };
}

const toi = ({ sha256 }: Announced) => toiOf(fromHex(sha256));
/** Symbols of an object that are made in several places. */
const BURSTS = 6;
const BURST = 8;
const LAST_ESI = 1500;
const FAKE_PARTS = 12;

/** The object as it is announced, with bytes of the thief's own. */
const falseObject = (object: Announced, prng: Prng): SentObject => ({
  bytes: prng.bytes(object.length),
  toi: toi(object),
  sha256: fromHex(object.sha256),
});

export const STOLEN_KEY: readonly Means[] = [
  stolenKey('bad symbols', async (thief, object, prng) => {
    const bad = falseObject(object, prng);
    const datagrams: Uint8Array[] = [];
    for (let i = 0; i < BURSTS; i++) {
      const esi = prng.below(LAST_ESI);
      datagrams.push(...(await thief.symbols(bad, { sbn: 0, esi, count: BURST })));
    }
    return datagrams;
  }),
  stolenKey('whole objects with bad bytes', async (thief, object, prng) => {
    const bad = falseObject(object, prng);
    const announced = { ...bad, ...(object.edition !== undefined && { edition: object.edition }) };
    return [...(await thief.tables([announced])), ...(await thief.symbols(bad))];
  }),
  stolenKey('tables with other digests', async (thief, object, prng) => {
    const bytes = prng.bytes(object.length);
    const other = { bytes, toi: toi(object), sha256: nodeCrypto.sha256(bytes) };
    return [...(await thief.tables([other])), ...(await thief.symbols(other))];
  }),
  stolenKey('tables with other lengths', async (thief, object, prng) => {
    const bytes = prng.bytes(object.length + 4 * (1 + prng.below(1000)));
    const other = { bytes, toi: toi(object), sha256: fromHex(object.sha256) };
    return [...(await thief.tables([other])), ...(await thief.symbols(other))];
  }),
  stolenKey('other indices with the signature of the genuine one', async (thief, object, prng) => {
    if (object.edition === undefined) return [];
    const index = { bytes: prng.bytes(object.length), toi: toi(object), edition: object.edition };
    return [...(await thief.tables([index])), ...(await thief.symbols(index))];
  }),
  stolenKey('parts that nobody published', async (thief, _, prng) => {
    const datagrams: Uint8Array[] = [];
    for (let i = 0; i < FAKE_PARTS; i++) {
      const part = { bytes: prng.bytes(2000), toi: 1 + prng.below(2 ** 16 - 1) };
      datagrams.push(...(await thief.tables([part])), ...(await thief.symbols(part)));
    }
    return datagrams;
  }),
];
