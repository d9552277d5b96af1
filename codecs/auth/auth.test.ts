import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Crypto, nobleCrypto, webCrypto } from '../crypto/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  AuthError,
  authExtensionLength,
  batchRoot,
  createRootCache,
  FDT_OBJECT_ID,
  leafDigest,
  objectIdOf,
  parseAuth,
  signBatch,
  verifyDatagram,
  writeAuthPlaceholder,
} from './index.js';

const providers: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['webcrypto', await webCrypto()],
  ['noble', nobleCrypto],
];

const SEED = new Uint8Array(32).fill(0x55);
const PUBLIC_KEY = await nodeCrypto.ed25519PublicKey(SEED);
const OBJECT_ID = objectIdOf(nodeCrypto, nodeCrypto.sha256(SEED), new Uint8Array(16));
const TSI = 7;
const AUTH_OFFSET = 12;

/** An ALC datagram by hand: 12 bytes of LCT header, EXT_AUTH, payload ID, payload. */
function unsignedDatagram(depth: number, leafIndex: number, payload: Uint8Array): Uint8Array {
  const authLength = authExtensionLength(depth);
  const datagram = new Uint8Array(AUTH_OFFSET + authLength + 4 + payload.length);
  datagram.set([0x10, 0x10, (AUTH_OFFSET + authLength) / 4, 6, 0, 0, 0, 0, 0, TSI, 0, 1]);
  writeAuthPlaceholder(datagram, AUTH_OFFSET, depth, leafIndex);
  datagram[AUTH_OFFSET + authLength + 3] = leafIndex;
  datagram.set(payload, AUTH_OFFSET + authLength + 4);
  return datagram;
}

async function signedBatch(crypto: Crypto, depth: number, count: number, tsi = TSI, objectId = OBJECT_ID) {
  const datagrams = Array.from({ length: count }, (_, i) => unsignedDatagram(depth, i, new Uint8Array(i)));
  const batch = datagrams.map((datagram) => ({ datagram, authOffset: AUTH_OFFSET, objectId }));
  await signBatch(crypto, SEED, tsi, batch, depth);
  return datagrams;
}

const verify = (crypto: Crypto, datagram: Uint8Array, cache?: ReturnType<typeof createRootCache>) =>
  verifyDatagram(crypto, PUBLIC_KEY, TSI, datagram, AUTH_OFFSET, OBJECT_ID, cache);

const depthAndCount = fc
  .integer({ min: 0, max: 7 })
  .chain((depth) => fc.tuple(fc.constant(depth), fc.integer({ min: 1, max: 2 ** depth })));

const flipped = (bytes: Uint8Array, bit: number) => {
  const copy = bytes.slice();
  copy[bit >> 3]! ^= 0x80 >> (bit & 7);
  return copy;
};

describe.each(providers)('batch signatures with %s', (_, crypto) => {
  const numRuns = crypto.name === 'node' ? 60 : 12;

  it('verify at every depth and for every batch size, with and without a cache', async () => {
    await fc.assert(
      fc.asyncProperty(depthAndCount, fc.nat(), async ([depth, count], pick) => {
        const datagrams = await signedBatch(crypto, depth, count);
        expect(await verify(crypto, datagrams[pick % count]!)).toBe(true);
        const cache = createRootCache();
        for (const datagram of datagrams) expect(await verify(crypto, datagram, cache)).toBe(true);
        expect(cache.size).toBe(1);
      }),
      { numRuns },
    );
  });

  it('refuse any flipped bit of datagram, object id, TSI and key, a warm cache or not', async () => {
    await fc.assert(
      fc.asyncProperty(depthAndCount, fc.nat(), fc.nat(), async ([depth, count], pick, bit) => {
        const datagrams = await signedBatch(crypto, depth, count);
        const genuine = datagrams[pick % count]!;
        const cache = createRootCache();
        expect(await verify(crypto, genuine, cache)).toBe(true);
        const forged = flipped(genuine, bit % (genuine.length * 8));
        const wrongId = flipped(OBJECT_ID, bit % 128);
        const wrongTsi = TSI ^ (1 << (bit % 16));
        const wrongKey = flipped(PUBLIC_KEY, bit % 256);
        for (const known of [undefined, cache]) {
          const args = [AUTH_OFFSET, OBJECT_ID, known] as const;
          expect(await verify(crypto, forged, known)).toBe(false);
          expect(await verifyDatagram(crypto, PUBLIC_KEY, TSI, genuine, AUTH_OFFSET, wrongId, known)).toBe(
            false,
          );
          expect(await verifyDatagram(crypto, PUBLIC_KEY, wrongTsi, genuine, ...args)).toBe(false);
          expect(await verifyDatagram(crypto, wrongKey, TSI, genuine, ...args)).toBe(false);
        }
        expect(cache.size).toBe(1);
      }),
      { numRuns },
    );
  });
});

it('every single bit of a datagram counts', async () => {
  const [, genuine] = await signedBatch(nodeCrypto, 1, 2);
  const cache = createRootCache();
  expect(await verify(nodeCrypto, genuine!, cache)).toBe(true);
  for (let bit = 0; bit < genuine!.length * 8; bit++) {
    expect(await verify(nodeCrypto, flipped(genuine!, bit), cache)).toBe(false);
  }
});

it('a datagram cut or lengthened is refused', async () => {
  const [genuine] = await signedBatch(nodeCrypto, 3, 5);
  for (let length = 0; length < genuine!.length; length++) {
    expect(await verify(nodeCrypto, genuine!.slice(0, length))).toBe(false);
  }
  const longer = new Uint8Array(genuine!.length + 1);
  longer.set(genuine!);
  expect(await verify(nodeCrypto, longer)).toBe(false);
});

it('is synchronous with node:crypto, and all providers sign alike', async () => {
  const datagram = unsignedDatagram(0, 0, Uint8Array.of(1));
  const entry = { datagram, authOffset: AUTH_OFFSET, objectId: OBJECT_ID };
  expect(signBatch(nodeCrypto, SEED, TSI, [entry], 0)).toBeUndefined();
  expect(verify(nodeCrypto, datagram)).toBe(true);
  const [ours, theirs] = [await signedBatch(nodeCrypto, 3, 7), await signedBatch(nobleCrypto, 3, 7)];
  expect(ours).toEqual(theirs);
});

it('datagrams of different objects, the FDT among them, share a batch', async () => {
  const datagrams = [0, 1].map((i) => unsignedDatagram(1, i, Uint8Array.of(9)));
  const ids = [FDT_OBJECT_ID, OBJECT_ID];
  const batch = datagrams.map((datagram, i) => ({ datagram, authOffset: AUTH_OFFSET, objectId: ids[i]! }));
  await signBatch(nodeCrypto, SEED, TSI, batch, 1);
  for (const [i, datagram] of datagrams.entries()) {
    for (const [j, id] of ids.entries()) {
      const good = verifyDatagram(nodeCrypto, PUBLIC_KEY, TSI, datagram, AUTH_OFFSET, id);
      expect(good).toBe(i === j);
    }
  }
});

it('works for sessions of every size of TSI', async () => {
  for (const tsi of [0, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]) {
    const [datagram] = await signedBatch(nodeCrypto, 0, 1, tsi);
    const check = (t: number) => verifyDatagram(nodeCrypto, PUBLIC_KEY, t, datagram!, AUTH_OFFSET, OBJECT_ID);
    expect(check(tsi)).toBe(true);
    expect(check((tsi + 2 ** 32) % 2 ** 48)).toBe(false);
  }
});

it('a genuine signature at another leaf or depth is refused', async () => {
  const [first, second] = await signedBatch(nodeCrypto, 1, 2);
  const moved = first!.slice();
  moved[AUTH_OFFSET + 3] = 1;
  expect(await verify(nodeCrypto, moved)).toBe(false);
  const swapped = second!.slice();
  swapped.set(first!.subarray(AUTH_OFFSET, AUTH_OFFSET + 84), AUTH_OFFSET);
  expect(await verify(nodeCrypto, swapped)).toBe(false);
});

it('a node of the tree does not pass for a leaf', async () => {
  const [datagram] = await signedBatch(nodeCrypto, 1, 2);
  const auth = parseAuth(datagram!, AUTH_OFFSET);
  const leaf = leafDigest(nodeCrypto, datagram!, AUTH_OFFSET, OBJECT_ID);
  expect(leaf).toHaveLength(16);
  const root = batchRoot(nodeCrypto, datagram!, AUTH_OFFSET, auth, OBJECT_ID);
  expect(root).toEqual(nodeCrypto.sha256(Uint8Array.of(1), leaf, auth.siblings).slice(0, 16));
});

describe('the cache of checked roots', () => {
  const root = (i: number) => Uint8Array.from({ length: 16 }, (_, at) => (i >> (8 * at)) & 0xff);
  const signature = new Uint8Array(64).fill(3);

  it('is bounded and drops what was unused for longest', () => {
    const cache = createRootCache(10);
    cache.add(PUBLIC_KEY, TSI, root(0), signature);
    for (let i = 1; i < 1000; i++) {
      cache.add(PUBLIC_KEY, TSI, root(i), signature);
      expect(cache.has(PUBLIC_KEY, TSI, root(0), signature)).toBe(true);
      expect(cache.size).toBeLessThanOrEqual(10);
    }
    expect(cache.has(PUBLIC_KEY, TSI, root(500), signature)).toBe(false);
  });

  it('keeps copies: buffers may be used again', () => {
    const cache = createRootCache();
    const buffer = signature.slice();
    cache.add(PUBLIC_KEY, TSI, root(1), buffer);
    buffer.fill(0);
    expect(cache.has(PUBLIC_KEY, TSI, root(1), signature)).toBe(true);
    expect(cache.has(PUBLIC_KEY, TSI, root(1), buffer)).toBe(false);
  });

  it('learns nothing from forgeries', async () => {
    const [genuine] = await signedBatch(nodeCrypto, 2, 4);
    const cache = createRootCache(1);
    expect(await verify(nodeCrypto, genuine!, cache)).toBe(true);
    for (let bit = 0; bit < 500; bit++) await verify(nodeCrypto, flipped(genuine!, bit), cache);
    let verifications = 0;
    const counting: Crypto = {
      ...nodeCrypto,
      ed25519Verify: (...args) => {
        verifications++;
        return nodeCrypto.ed25519Verify(...args);
      },
    };
    expect(await verify(counting, genuine!, cache)).toBe(true);
    expect(verifications).toBe(0);
  });
});

describe('the parser', () => {
  it('reads what the placeholder writes', () => {
    for (let depth = 0; depth <= 7; depth++) {
      const length = authExtensionLength(depth);
      expect(length).toBe(68 + 16 * depth);
      const bytes = new Uint8Array(length + 8).fill(0xee);
      writeAuthPlaceholder(bytes, 4, depth, 2 ** depth - 1);
      const auth = parseAuth(bytes, 4, length);
      expect(auth).toMatchObject({ depth, leafIndex: 2 ** depth - 1 });
      expect(auth.siblings).toEqual(new Uint8Array(16 * depth));
      expect(auth.signature).toEqual(new Uint8Array(64));
      expect([...bytes.subarray(0, 4), ...bytes.subarray(length + 4)]).toEqual(Array(8).fill(0xee));
    }
  });

  it('throws nothing but AuthError, and accepts nothing outside the datagram', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(15), fc.nat(255), fc.uint8Array({ minLength: 190, maxLength: 200 }))
        .map(([d, i, rest]) => {
          rest.set([1, 17 + 4 * d, d, i]);
          return rest;
        }),
    );
    const length = fc.option(fc.integer({ min: -4, max: 1100 }), { nil: undefined });
    const offset = fc.oneof(fc.constant(0), fc.integer({ min: -5, max: 210 }), fc.double());
    fc.assert(
      fc.property(hostile, offset, length, (bytes, offset, length) => {
        try {
          const auth = parseAuth(bytes, offset, length);
          expect(auth.siblings).toHaveLength(16 * auth.depth);
          expect(auth.signature).toHaveLength(64);
          expect(auth.leafIndex).toBeLessThan(2 ** auth.depth);
          expect(auth.signature.buffer).toBe(bytes.buffer);
        } catch (error) {
          expect(error).toBeInstanceOf(AuthError);
        }
        if (length === undefined) {
          const good = verifyDatagram(nodeCrypto, PUBLIC_KEY, TSI, bytes, offset, OBJECT_ID);
          expect(good).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['another type', 0, 2],
    ['a HEL that does not fit the depth', 1, 18],
    ['an unknown ASID', 2, 0x10],
    ['a depth of 8', 2, 8],
    ['a leaf index outside the tree', 3, 1],
  ])('refuses %s', (_, at, value) => {
    const bytes = new Uint8Array(68);
    writeAuthPlaceholder(bytes, 0, 0, 0);
    bytes[at] = value;
    expect(() => parseAuth(bytes, 0)).toThrow(AuthError);
  });

  it('refuses a length that differs from the HEL', () => {
    const bytes = new Uint8Array(84);
    writeAuthPlaceholder(bytes, 0, 0, 0);
    expect(() => parseAuth(bytes, 0, 84)).toThrow('its HEL says 68 bytes, the header gives it 84');
  });
});

describe('mistakes of the caller', () => {
  const entry = (depth: number, leaf: number) => ({
    datagram: unsignedDatagram(depth, leaf, new Uint8Array(8)),
    authOffset: AUTH_OFFSET,
    objectId: OBJECT_ID,
  });

  it('are sentences', () => {
    expect(() => authExtensionLength(8)).toThrow(AuthError);
    expect(() => authExtensionLength(1.5)).toThrow(AuthError);
    expect(() => writeAuthPlaceholder(new Uint8Array(80), 0, 1, 0)).toThrow(AuthError);
    expect(() => writeAuthPlaceholder(new Uint8Array(90), 0, 1, 2)).toThrow(AuthError);
    expect(() => signBatch(nodeCrypto, SEED, TSI, [], 2)).toThrow(AuthError);
    expect(() => signBatch(nodeCrypto, SEED, TSI, [entry(0, 0), entry(0, 0)], 0)).toThrow(AuthError);
    expect(() => signBatch(nodeCrypto, SEED, TSI, [entry(1, 1)], 1)).toThrow('expected depth 1, leaf 0');
    expect(() => signBatch(nodeCrypto, SEED, TSI, [entry(1, 0)], 2)).toThrow(AuthError);
    expect(() => signBatch(nodeCrypto, SEED, 2 ** 48, [entry(0, 0)], 0)).toThrow(AuthError);
    expect(() => objectIdOf(nodeCrypto, new Uint8Array(16), new Uint8Array(16))).toThrow(AuthError);
    const short = { ...entry(0, 0), objectId: new Uint8Array(15) };
    expect(() => signBatch(nodeCrypto, SEED, TSI, [short], 0)).toThrow(AuthError);
  });
});
