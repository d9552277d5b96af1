import * as ed25519 from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { concatBytes, fromHex, toHex, utf8Encode } from '../bytes.js';
import { chain } from '../maybe-promise.js';
import { nodeCrypto } from '../node/crypto.js';
import { type Crypto, nobleCrypto, webCrypto } from './index.js';
import { createKeyCache } from './key-cache.js';
import { BLAKE2B, ED25519, SCRYPT, SHA256 } from './testing.js';

const providers: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['webcrypto', await webCrypto()],
  ['noble', nobleCrypto],
];

const abc = utf8Encode('abc');

/** The order of the group, RFC 8032 section 5.1, little-endian. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A signature with S replaced by S + L: the same equation holds, and RFC 8032 section 5.1.7 demands refusal. */
function addOrderToS(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + ORDER;
  return concatBytes(signature.slice(0, 32), fromHex(s.toString(16).padStart(64, '0')).reverse());
}

/** The eight points of small order, and their encodings that are not canonical. */
const SMALL_ORDER_KEYS = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

it('all three providers are really there', () => {
  expect(providers.map(([, crypto]) => crypto.name)).toEqual(providers.map(([name]) => name));
});

describe.each(providers)('%s', (_, crypto) => {
  it.each(SHA256)('SHA-256 of a known message (%#)', (text, digest) => {
    const message = utf8Encode(text);
    expect(toHex(crypto.sha256(message))).toBe(digest);
    expect(toHex(crypto.createSha256().update(message).digest())).toBe(digest);
    const half = message.length >> 1;
    expect(toHex(crypto.sha256(message.subarray(0, half), message.subarray(half)))).toBe(digest);
  });

  it('SHA-256 of no part at all', () => {
    expect(toHex(crypto.sha256())).toBe(SHA256[0][1]);
  });

  it.each(BLAKE2B)('BLAKE2b-512 of a known message (%#)', (text, digest) => {
    expect(toHex(crypto.createBlake2b512().update(utf8Encode(text)).digest())).toBe(digest);
  });

  it.each(ED25519)('Ed25519, RFC 8032 section 7.1 (%#)', async (vector) => {
    const seed = fromHex(vector.seed);
    const publicKey = await crypto.ed25519PublicKey(seed);
    const message = fromHex(vector.message);
    const signature = fromHex(vector.signature);
    expect(toHex(publicKey)).toBe(vector.publicKey);
    expect(toHex(await crypto.ed25519Sign(seed, message))).toBe(vector.signature);
    expect(await crypto.ed25519Verify(publicKey, message, signature)).toBe(true);
    expect(await crypto.ed25519Verify(publicKey, message, addOrderToS(signature))).toBe(false);
  });

  it('scrypt, RFC 7914 section 12', async () => {
    const { password, salt, cost, key } = SCRYPT;
    const derived = await crypto.scrypt(utf8Encode(password), utf8Encode(salt), cost, key.length / 2);
    expect(toHex(derived)).toBe(key);
  });

  it('hands out plain byte arrays that it does not use again', async () => {
    const seed = new Uint8Array(32).fill(7);
    const make = [
      () => crypto.sha256(abc),
      () => crypto.createSha256().update(abc).digest(),
      () => crypto.createBlake2b512().update(abc).digest(),
      () => crypto.ed25519PublicKey(seed),
      () => crypto.ed25519Sign(seed, abc),
      () => crypto.scrypt(abc, abc, { N: 2, r: 8, p: 1 }, 16),
    ];
    for (const f of make) {
      const first = await f();
      const copy = Uint8Array.from(first);
      const second = await f();
      expect(first.constructor).toBe(Uint8Array);
      second.fill(0);
      expect(first).toEqual(copy);
    }
    expect(crypto.randomBytes(40).constructor).toBe(Uint8Array);
    expect(crypto.randomBytes(40)).not.toEqual(crypto.randomBytes(40));
  });

  it('compares keys by content: a buffer used again for another key is another key', async () => {
    const seed = fromHex(ED25519[0]!.seed);
    const first = await crypto.ed25519Sign(seed, abc);
    const publicKey = await crypto.ed25519PublicKey(seed);
    seed.set(fromHex(ED25519[1]!.seed));
    const second = await crypto.ed25519Sign(seed, abc);
    expect(second).not.toEqual(first);
    expect(await crypto.ed25519Verify(publicKey, abc, first)).toBe(true);
    publicKey.set(fromHex(ED25519[1]!.publicKey));
    expect(await crypto.ed25519Verify(publicKey, abc, first)).toBe(false);
    expect(await crypto.ed25519Verify(publicKey, abc, second)).toBe(true);
  });

  it('refuses a seed of another length', async () => {
    for (const length of [0, 31, 33, 64]) {
      const seed = new Uint8Array(length);
      await expect((async () => crypto.ed25519Sign(seed, abc))()).rejects.toThrow(RangeError);
      await expect((async () => crypto.ed25519PublicKey(seed))()).rejects.toThrow(RangeError);
    }
  });

  it('verifies never by throwing, whatever the lengths and points', async () => {
    const anyBytes = fc.oneof(bytes(32), bytes(64), fc.uint8Array({ maxLength: 70 }));
    await fc.assert(
      fc.asyncProperty(anyBytes, anyBytes, anyBytes, async (key, message, signature) => {
        expect(await crypto.ed25519Verify(key, message, signature)).toBe(false);
      }),
      { numRuns: 50 },
    );
    const notOnTheCurve = new Uint8Array(32).fill(2);
    expect(await crypto.ed25519Verify(notOnTheCurve, abc, new Uint8Array(64))).toBe(false);
  });

  it.each(SMALL_ORDER_KEYS)('refuses the public key of small order %s', async (hex) => {
    const publicKey = fromHex(hex);
    // R = the neutral point and S = 0 satisfy S * B = R + k * A for every message when A is neutral, too.
    const signature = fromHex('01'.padEnd(128, '0'));
    expect(await crypto.ed25519Verify(publicKey, abc, signature)).toBe(false);
    expect(ed25519.Point.fromBytes(publicKey, true).isSmallOrder()).toBe(true);
  });

  it('agrees with the other providers, and refuses every flipped bit', async () => {
    const flip = fc.record({ at: fc.nat(63), bit: fc.nat(7) });
    const message = fc.uint8Array({ maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(bytes(32), message, flip, async (seed, message, { at, bit }) => {
        const signature = await crypto.ed25519Sign(seed, message);
        expect(signature).toEqual(nodeCrypto.ed25519Sign(seed, message));
        const publicKey = await crypto.ed25519PublicKey(seed);
        expect(await crypto.ed25519Verify(publicKey, message, signature)).toBe(true);
        signature[at]! ^= 1 << bit;
        expect(await crypto.ed25519Verify(publicKey, message, signature)).toBe(false);
      }),
      { numRuns: 15 },
    );
  });

  it('hashes the same however the bytes are cut', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 3000, size: 'max' }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, (parts) => {
        const whole = concatBytes(...parts);
        const expected = nobleCrypto.sha256(whole);
        expect(crypto.sha256(...parts)).toEqual(expected);
        const sha256 = crypto.createSha256();
        const blake2b = crypto.createBlake2b512();
        for (const part of parts) {
          sha256.update(part);
          blake2b.update(part);
        }
        expect(sha256.digest()).toEqual(expected);
        expect(blake2b.digest()).toEqual(nobleCrypto.createBlake2b512().update(whole).digest());
      }),
      { numRuns: 30 },
    );
  });

  it('hashes that are made at the same time do not disturb each other', () => {
    // pieces go to one of three hashes; one may end before others go on, and a whole hash come in between
    const step = fc.record({ to: fc.nat(2), piece: fc.uint8Array({ maxLength: 300 }), isLast: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const open = [0, 1, 2].map(() => ({ hash: crypto.createSha256(), fed: utf8Encode('') }));
        const end = (i: number) => {
          const { hash, fed } = open[i]!;
          expect(hash.digest()).toEqual(nodeCrypto.sha256(fed));
          open[i] = { hash: crypto.createSha256(), fed: utf8Encode('') };
        };
        for (const { to, piece, isLast } of steps) {
          open[to]!.hash.update(piece);
          open[to]!.fed = concatBytes(open[to]!.fed, piece);
          expect(crypto.sha256(piece)).toEqual(nodeCrypto.sha256(piece));
          if (isLast) end(to);
        }
        for (const i of open.keys()) end(i);
      }),
      { numRuns: 50 },
    );
  });
});

it('hashes in JavaScript where there is no WebAssembly', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  try {
    const crypto = await webCrypto();
    expect(crypto.createSha256).toBe(nobleCrypto.createSha256);
    expect(toHex(crypto.sha256(abc))).toBe(toHex(nodeCrypto.sha256(abc)));
  } finally {
    vi.unstubAllGlobals();
  }
  expect((await webCrypto()).createSha256).not.toBe(nobleCrypto.createSha256);
});

it('falls back to JavaScript where WebCrypto has no Ed25519', async () => {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
  try {
    Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
    expect((await webCrypto()).name).toBe('noble');
  } finally {
    Object.defineProperty(globalThis, 'crypto', original);
  }
});

it('the key cache is bounded and keeps what is in use', () => {
  let made = 0;
  const get = createKeyCache((key) => ++made + key[0]! * 0);
  const key = (i: number) => Uint8Array.of(i);
  const first = get(key(0));
  for (let i = 1; i < 100; i++) {
    get(key(i));
    expect(get(key(0))).toBe(first);
  }
  expect(made).toBe(100);
  get(key(1));
  expect(made).toBe(101);
});

it('chain goes on at once with a value and later with a promise', async () => {
  expect(chain(1, (n) => n + 1)).toBe(2);
  expect(await chain(Promise.resolve(1), (n) => n + 1)).toBe(2);
});
