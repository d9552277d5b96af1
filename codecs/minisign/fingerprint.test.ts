import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../bytes.js';
import { describeNamesakes, distinctKeys, fingerprint, MinisignError, publisherId } from './index.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const key = { keyId: fromHex('0102030405060708'), publicKey: fromHex(KEY) };
/** Of another publisher, who has chosen the key id of the first. */
const namesake = { keyId: key.keyId, publicKey: new Uint8Array(32).fill(9) };

describe('the fingerprint of a key', () => {
  it('is that of the wire format', () => {
    expect(publisherId(key)).toBe(KEY);
    expect(fingerprint(KEY)).toBe('07039 78369 43092 37159 06507 54570 74868 11001');
  });

  it('has 8 groups of 5 digits, and every bit of the key counts', () => {
    fc.assert(
      fc.property(bytes(32), fc.nat(255), (publicKey, bit) => {
        const shown = fingerprint(publisherId({ publicKey }));
        expect(shown).toMatch(/^\d{5}( \d{5}){7}$/);
        publicKey[bit >> 3]! ^= 1 << (bit & 7);
        expect(fingerprint(publisherId({ publicKey }))).not.toBe(shown);
      }),
    );
  });
});

describe('keys that are trusted together', () => {
  it('are taken once each', () => {
    const other = { keyId: new Uint8Array(8), publicKey: namesake.publicKey };
    expect(distinctKeys([key, other, { ...key }])).toEqual([key, other]);
  });

  it('are refused when two have one key id', () => {
    expect(() => distinctKeys([key, namesake])).toThrow(MinisignError);
    const sentence = describeNamesakes(key, namesake);
    expect(() => distinctKeys([key, namesake])).toThrow(sentence);
    for (const each of [key, namesake]) expect(sentence).toContain(fingerprint(publisherId(each)));
    expect(sentence).toContain('key id 807060504030201');
  });
});
