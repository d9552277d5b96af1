import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../bytes.js';
import { xxh64 } from './xxhash.js';

const MASK = 2n ** 64n - 1n;
const [P1, P2, P3, P4, P5]: [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const rotate = (word: bigint, bits: bigint) => ((word << bits) | (word >> (64n - bits))) & MASK;
const round = (accumulator: bigint, lane: bigint) =>
  (rotate((accumulator + lane * P2) & MASK, 31n) * P1) & MASK;

/** The specification word for word in BigInt, slow and plain. */
function plainXxh64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash = P5;
  if (bytes.length >= 32) {
    let accumulators = [(P1 + P2) & MASK, P2, 0n, -P1 & MASK];
    for (; at + 32 <= bytes.length; at += 32) {
      const start = at;
      accumulators = accumulators.map((a, i) => round(a, view.getBigUint64(start + 8 * i, true)));
    }
    hash = accumulators.reduce((sum, a, i) => sum + rotate(a, [1n, 7n, 12n, 18n][i]!), 0n) & MASK;
    for (const a of accumulators) hash = ((hash ^ round(0n, a)) * P1 + P4) & MASK;
  }
  hash = (hash + BigInt(bytes.length)) & MASK;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4) & MASK;
  }
  if (at + 4 <= bytes.length) {
    hash = (rotate(hash ^ ((BigInt(view.getUint32(at, true)) * P1) & MASK), 23n) * P2 + P3) & MASK;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = (rotate(hash ^ ((BigInt(bytes[at]!) * P5) & MASK), 11n) * P1) & MASK;
  hash = ((hash ^ (hash >> 33n)) * P2) & MASK;
  hash = ((hash ^ (hash >> 29n)) * P3) & MASK;
  return hash ^ (hash >> 32n);
}

function number(bytes: Uint8Array): bigint {
  const { high, low } = xxh64(bytes);
  return (BigInt(high) << 32n) | BigInt(low);
}

describe('XXH64', () => {
  it('gives the known answers', () => {
    expect(number(new Uint8Array(0))).toBe(0xef46db3751d8e999n);
    expect(number(utf8Encode('a'))).toBe(0xd24ec4f1a98c6e5bn);
    expect(number(utf8Encode('abc'))).toBe(0x44bc2cf5ad770999n);
  });

  it('agrees with the specification word for word', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ minLength: 100, maxLength: 300 }),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        expect(number(b)).toBe(plainXxh64(b));
      }),
      { numRuns: 300 },
    );
  });
});
