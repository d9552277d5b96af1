import * as ed25519 from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import { nodeCrypto } from '../node/crypto.js';
import { verifySignatures } from './ed25519-batch.js';
import { nobleCrypto } from './index.js';

const ORDER = ed25519.Point.CURVE().n;
const seed = new Uint8Array(32).fill(5);
const publicKey = nodeCrypto.ed25519PublicKey(seed) as Uint8Array;

const numberOf = (bytes: Uint8Array) => BigInt(`0x${toHex(bytes.slice().reverse())}`);
const bytesOf = (value: bigint) => fromHex(value.toString(16).padStart(64, '0')).reverse();

type Harm = 'none' | 'r' | 's' | 'message' | 's+order' | 'no-point' | 'short' | 'other-key' | 'zero';
const HARMS: Harm[] = ['r', 's', 'message', 's+order', 'no-point', 'short', 'other-key', 'zero'];

function signed(number: number, harm: Harm) {
  const message = Uint8Array.of(number, number >> 8, 7);
  const by = harm === 'other-key' ? new Uint8Array(32).fill(6) : seed;
  const signature = nodeCrypto.ed25519Sign(by, message) as Uint8Array;
  if (harm === 'r') signature[number % 32]! ^= 1;
  if (harm === 's') signature[32 + (number % 31)]! ^= 1;
  if (harm === 'message') message[2]! ^= 1;
  if (harm === 's+order') signature.set(bytesOf(numberOf(signature.slice(32)) + ORDER), 32);
  if (harm === 'no-point') signature.fill(2, 0, 32);
  if (harm === 'zero') signature.fill(0);
  return { message, signature: harm === 'short' ? signature.slice(0, 63) : signature };
}

const oneByOne = (each: { message: Uint8Array; signature: Uint8Array }) =>
  nobleCrypto.ed25519Verify(publicKey, each.message, each.signature);

describe('signatures that are checked together', () => {
  it('are found good or not as by themselves, and as in Node', () => {
    const harm = fc.oneof({ weight: 8, arbitrary: fc.constant<Harm>('none') }, fc.constantFrom(...HARMS));
    fc.assert(
      fc.property(fc.array(harm, { maxLength: 64, size: 'max' }), (harms) => {
        const all = harms.map((each, number) => signed(number, each));
        const found = verifySignatures(publicKey, all);
        expect(found).toEqual(harms.map((each) => each === 'none'));
        for (const [i, each] of all.entries()) {
          expect(nodeCrypto.ed25519Verify(publicKey, each.message, each.signature)).toBe(found[i]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each(HARMS)('one of 64 that is wrong is found: %s', (harm) => {
    for (const wrong of [0, 21, 63]) {
      const all = Array.from({ length: 64 }, (_, i) => signed(i, i === wrong ? harm : 'none'));
      expect(verifySignatures(publicKey, all)).toEqual(all.map((_, i) => i !== wrong));
    }
  });

  it('two that are wrong by opposite amounts do not make up for each other', () => {
    const all = Array.from({ length: 8 }, (_, i) => signed(i, 'none'));
    const add = (i: number, delta: bigint) => {
      const s = numberOf(all[i]!.signature.slice(32));
      all[i]!.signature.set(bytesOf((s + delta) % ORDER), 32);
    };
    add(2, 1n);
    add(5, ORDER - 1n);
    expect(verifySignatures(publicKey, all)).toEqual(all.map((_, i) => i !== 2 && i !== 5));
  });

  it('are under the rule for one that its key has made with a part of small order: multiplied by the cofactor', () => {
    const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
    const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
    const crafted = (number: number) => {
      const message = Uint8Array.of(number);
      const nonce = BigInt(1000 + number);
      const r = ed25519.Point.BASE.multiply(nonce).add(torsion).toBytes();
      const k = numberOf(sha512(concatBytes(r, publicKey, message))) % ORDER;
      return { message, signature: concatBytes(r, bytesOf((nonce + k * scalar) % ORDER)) };
    };
    const all = Array.from({ length: 16 }, (_, i) => crafted(i));
    expect(all.map(oneByOne)).toEqual(all.map(() => true));
    for (let again = 0; again < 8; again++) {
      expect(verifySignatures(publicKey, all)).toEqual(all.map(() => true));
    }
  });

  it.each([
    ['of small order', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['that is no point', '02'.repeat(32)],
    ['of another length', '02'.repeat(31)],
  ])('are never good under a key %s', (_, hex) => {
    const neutral = { message: Uint8Array.of(1), signature: fromHex('01'.padEnd(128, '0')) };
    const all = Array.from({ length: 10 }, () => neutral);
    expect(verifySignatures(fromHex(hex), all)).toEqual(all.map(() => false));
  });
});
