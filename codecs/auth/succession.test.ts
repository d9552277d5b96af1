import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nobleCrypto, webCrypto } from '../crypto/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  buildSuccession,
  buildSuccessionExtension,
  formatSuccessions,
  parseSuccession,
  parseSuccessionExtension,
  parseSuccessions,
  SUCCESSION_LENGTH,
  SuccessionError,
  verifySuccession,
} from './index.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const key = bytes(32).map((seed) => ({
  seed,
  publicKey: nodeCrypto.ed25519PublicKey(seed) as Uint8Array,
  keyId: seed.slice(0, 8),
}));
const statement = fc
  .record({
    oldKey: key,
    newKey: key,
    nextKey: fc.option(
      bytes(32).filter((digest) => digest.some((byte) => byte !== 0)),
      { nil: undefined },
    ),
    isLost: fc.boolean(),
  })
  .filter(({ oldKey, newKey }) => oldKey.seed.join() !== newKey.seed.join());
type Made = typeof statement extends fc.Arbitrary<infer T> ? T : never;

const build = ({ oldKey, newKey, nextKey, isLost }: Made) =>
  buildSuccession(nodeCrypto, isLost ? { publicKey: oldKey.publicKey } : oldKey, newKey, nextKey);

describe('statement of succession', () => {
  it('is read as it was made, by all means of cryptography', async () => {
    const providers = [nodeCrypto, await webCrypto(), nobleCrypto];
    await fc.assert(
      fc.asyncProperty(statement, async (made) => {
        const built = await build(made);
        const { keyId, publicKey } = made.newKey;
        const read = parseSuccession(built);
        expect(read.oldKey).toEqual(made.oldKey.publicKey);
        expect(read.newKey).toEqual({ keyId, publicKey });
        expect(read.nextKey).toEqual(made.nextKey);
        expect(parseSuccessionExtension(buildSuccessionExtension(built))).toEqual(built);
        for (const crypto of providers) {
          expect(await verifySuccession(crypto, built, 'new')).toBe(true);
          expect(await verifySuccession(crypto, built, 'old')).toBe(!made.isLost);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is good for nothing when a bit is another', async () => {
    await fc.assert(
      fc.asyncProperty(statement, fc.nat(8 * SUCCESSION_LENGTH - 1), async (made, bit) => {
        const built = await build(made);
        const altered = built.slice();
        altered[bit >> 3]! ^= 1 << (bit & 7);
        const isGood = async (by: 'old' | 'new') => {
          try {
            return await verifySuccession(nodeCrypto, altered, by);
          } catch (error) {
            expect(error).toBeInstanceOf(SuccessionError);
            return false;
          }
        };
        const byte = bit >> 3;
        expect(await isGood('new')).toBe(byte >= 170);
        expect(await isGood('old')).toBe(!made.isLost && byte >= 106 && byte < 170);
      }),
      { numRuns: 60 },
    );
  });

  it('no other bytes are read, and nothing but its own error is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const parse of [parseSuccession, parseSuccessionExtension])
          expect(() => parse(bytes)).toThrow(SuccessionError);
      }),
    );
  });

  it('no key succeeds itself', async () => {
    const [own] = fc.sample(key, 1);
    await expect(buildSuccession(nodeCrypto, own!, own!, undefined)).rejects.toThrow(SuccessionError);
  });
});

describe('publisher.successions', () => {
  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { maxLength: 4 }), async (many) => {
        const statements = await Promise.all(many.map(build));
        expect(parseSuccessions(formatSuccessions(statements))).toEqual(statements);
      }),
      { numRuns: 15 },
    );
  });

  it.each(['x', 'untrusted comment: x', 'untrusted comment: x\nAQDX\n', 'a\nb\nc\nd\n'])('not %j', (text) => {
    expect(() => parseSuccessions(text)).toThrow(SuccessionError);
  });
});
