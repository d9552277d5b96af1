import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BytesError,
  concatBytes,
  copyBytes,
  equalBytes,
  fromBase64,
  fromHex,
  readUint,
  toBase64,
  toHex,
  utf8Decode,
  utf8Encode,
  writeUint,
} from './bytes.js';

const bytes = fc.uint8Array({ maxLength: 70 });

describe('bytes', () => {
  it('joins and compares', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const whole = concatBytes(a, b);
        expect(equalBytes(whole.subarray(0, a.length), a)).toBe(true);
        expect(equalBytes(whole.subarray(a.length), b)).toBe(true);
        expect(equalBytes(whole, concatBytes(whole, Uint8Array.of(0)))).toBe(false);
      }),
    );
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  });

  it('reads and writes big-endian integers of 1 to 6 bytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.maxSafeInteger(), (length, n) => {
        const value = Math.abs(n) % 256 ** length;
        const field = new Uint8Array(length + 2);
        writeUint(field, 1, length, value);
        expect(readUint(field, 1, length)).toBe(value);
        expect(Number.parseInt(toHex(field.subarray(1, 1 + length)), 16)).toBe(value);
        expect([field[0], field[length + 1]]).toEqual([0, 0]);
      }),
    );
  });

  it('agrees with Buffer on hexadecimal and base64', () => {
    fc.assert(
      fc.property(bytes, (a) => {
        expect(toHex(a)).toBe(Buffer.from(a).toString('hex'));
        expect(fromHex(toHex(a).toUpperCase())).toEqual(a);
        expect(toBase64(a)).toBe(Buffer.from(a).toString('base64'));
        expect(fromBase64(toBase64(a))).toEqual(a);
      }),
    );
  });

  it.each(['0', 'zz', '0 1 ', 'é0'])('refuses %j as hexadecimal', (text) => {
    expect(() => fromHex(text)).toThrow(BytesError);
  });

  it.each(['A', 'AA', 'AA=', 'A===', '====', 'AB==', 'AAB=', 'AA==AAAA', ' AAA', 'AA-_', 'AAA\u{100}'])(
    'refuses %j as base64',
    (text) => {
      expect(() => fromBase64(text)).toThrow(BytesError);
    },
  );

  it('gives each byte string one base64 text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        let decoded: Uint8Array;
        try {
          decoded = fromBase64(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BytesError);
          return;
        }
        expect(toBase64(decoded)).toBe(text);
      }),
    );
  });

  it('reads UTF-8 and refuses what is not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(utf8Decode(utf8Encode(text))).toBe(text);
      }),
    );
    expect(utf8Decode(utf8Encode('소식\uFEFF'))).toBe('소식\uFEFF');
    expect(() => utf8Decode(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(BytesError);
  });
});

describe('copyBytes', () => {
  it('copies a Node Buffer, whose own slice is a view', () => {
    const buffer = Buffer.from([1, 2, 3, 4]);
    const copy = copyBytes(buffer, 1, 3);
    buffer.fill(9);
    expect(copy).toEqual(Uint8Array.of(2, 3));
    expect(copy.constructor).toBe(Uint8Array);
  });
});
