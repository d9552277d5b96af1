import * as ed25519 from '@noble/ed25519';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex, utf8Encode } from '../bytes.js';
import { type Crypto, chain, nobleCrypto, webCrypto } from './index.js';
import { createKeyCache } from './key-cache.js';
import { nodeCrypto } from './node.js';

const providers: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['webcrypto', await webCrypto()],
  ['noble', nobleCrypto],
];

const abc = utf8Encode('abc');

/** FIPS 180-4, examples of NIST; the last is the 1,000,000 letters "a". */
const SHA256 = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const;

/** RFC 7693 appendix A, and the well-known digest of nothing. */
const BLAKE2B = [
  [
    'abc',
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  ],
  [
    '',
    '786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce',
  ],
] as const;

/** RFC 8032 section 7.1: TEST 1, TEST 2, TEST 3 and TEST SHA(abc). */
const ED25519 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
  {
    seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    publicKey: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    message:
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    signature:
      'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  },
];

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
    const key = await crypto.scrypt(utf8Encode('password'), utf8Encode('NaCl'), { N: 1024, r: 8, p: 16 }, 64);
    expect(toHex(key)).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    );
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

  it('judges keys by content: a buffer used again for another key is another key', async () => {
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
