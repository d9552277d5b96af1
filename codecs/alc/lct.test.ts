import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import { LctError } from './error.js';
import { buildLct, findExtension, parseLct } from './lct.js';

const TSI_LENGTHS = [0, 2, 4, 6];
const TOI_LENGTHS = [0, 2, 4, 6, 8, 10, 12, 14];

/** A legal header extension: HET below 128 with its length, or one word. */
const extension = fc
  .record({ het: fc.nat(255), words: fc.integer({ min: 1, max: 8 }), fill: fc.nat(255) })
  .map(({ het, words, fill }) => {
    const bytes = new Uint8Array(het < 128 ? 4 * words : 4).fill(fill);
    bytes[0] = het;
    if (het < 128) bytes[1] = words;
    return bytes;
  });

describe('LCT header', () => {
  it('has the minimal form of 12 bytes', () => {
    const header = buildLct({ tsi: 16, toi: 1, codepoint: 6 });
    expect(toHex(header)).toBe('101003060000000000100001');
    expect(parseLct(header)).toEqual({
      psi: 0,
      closeSession: false,
      closeObject: false,
      cciLength: 4,
      tsi: 16,
      toi: 1,
      codepoint: 6,
      extensions: [],
      headerLength: 12,
    });
  });

  it('is built and parsed in every legal size', () => {
    let sizes = 0;
    for (const cciLength of [4, 8, 12, 16]) {
      for (const tsiLength of TSI_LENGTHS) {
        for (const toiLength of TOI_LENGTHS) {
          if (tsiLength % 4 !== toiLength % 4) continue;
          const tsi = tsiLength === 0 ? undefined : 2 ** (8 * tsiLength) - 2;
          const toi =
            toiLength === 0 ? undefined : Math.min(2 ** (8 * toiLength) - 3, Number.MAX_SAFE_INTEGER);
          const cci = new Uint8Array(cciLength).fill(0xcc);
          const header = buildLct({
            codepoint: 9,
            cci,
            tsiLength,
            toiLength,
            ...(tsi !== undefined && { tsi }),
            ...(toi !== undefined && { toi }),
          });
          const length = 4 + cciLength + tsiLength + toiLength;
          expect(header.length).toBe(length);
          expect(parseLct(header)).toMatchObject({ cciLength, tsi, toi, headerLength: length, codepoint: 9 });
          expect(header.subarray(4, 4 + cciLength)).toEqual(cci);
          sizes++;
        }
      }
    }
    expect(sizes).toBe(4 * 2 * 8);
  });

  it('takes the shortest fields that hold the numbers', () => {
    const length = (tsi: number, toi: number) => buildLct({ tsi, toi, codepoint: 0 }).length;
    expect(length(65_535, 65_535)).toBe(12);
    expect(length(65_536, 65_535)).toBe(16);
    expect(length(65_536, 65_536)).toBe(16);
    expect(length(2 ** 48 - 1, 0)).toBe(16);
    expect(length(0, 2 ** 48 - 1)).toBe(16);
    expect(length(0, Number.MAX_SAFE_INTEGER)).toBe(20);
    expect(buildLct({ tsi: 1, codepoint: 0 }).length).toBe(12);
    expect(buildLct({ codepoint: 0 }).length).toBe(8);
  });

  it('gives back what was built, with any extensions', () => {
    fc.assert(
      fc.property(
        fc.record({
          tsi: fc.nat(2 ** 31 - 1).map((n) => n * 131),
          toi: fc.maxSafeNat(),
          codepoint: fc.nat(255),
          psi: fc.nat(3),
          closeSession: fc.boolean(),
          closeObject: fc.boolean(),
        }),
        fc.array(extension, { maxLength: 10 }),
        fc.uint8Array({ maxLength: 20 }),
        (fields, extensions, payload) => {
          const header = buildLct(fields, extensions);
          const datagram = concatBytes(header, payload);
          const lct = parseLct(datagram);
          expect(lct).toMatchObject(fields);
          expect(lct.headerLength).toBe(header.length);
          expect(lct.extensions.map((e) => datagram.subarray(e.offset, e.offset + e.length))).toEqual(
            extensions,
          );
          expect(lct.extensions.map((e) => e.het)).toEqual(extensions.map((e) => e[0]));
        },
      ),
    );
  });

  it('finds the first extension of a type', () => {
    const lct = parseLct(fromHex('10100606000000000010000141010000c0200007c0200008'));
    expect(findExtension(lct, 192)).toEqual({ het: 192, offset: 16, length: 4 });
    expect(findExtension(lct, 64)).toBeUndefined();
  });

  it.each([
    ['', 'at least 8 bytes'],
    ['101003', 'at least 8 bytes'],
    ['201003060000000000100001', 'version 2'],
    ['101002060000000000100001', 'need 12'],
    ['1010ff060000000000100001', 'ends after 12'],
    ['1010040600000000001000010100ffff', 'length of 0'],
    ['1010040600000000001000010102ffff', 'header ends at 16'],
    ['10f0080600000000000000000010ffffffffffffffffffffffffffff00000000', 'exceeds 2^53-1'],
    ['107006060000000000100000000000000020000000000000', 'exceeds 2^53-1'],
  ])('refuses %s', (hex, message) => {
    expect(() => parseLct(fromHex(hex))).toThrow(LctError);
    expect(() => parseLct(fromHex(hex))).toThrow(message);
  });

  it('accepts a wide TOI with a small number in it', () => {
    expect(parseLct(fromHex('107006060000000000100000000000000000000000000007'))).toMatchObject({
      tsi: 16,
      toi: 7,
      headerLength: 24,
    });
  });

  it('refuses to build what no header holds', () => {
    const refused = [
      { tsi: 2 ** 48, toi: 1, codepoint: 0 },
      { tsi: 1.5, toi: 1, codepoint: 0 },
      { tsi: 1, toi: 2 ** 53, codepoint: 0 },
      { tsi: 1, toi: -1, codepoint: 0 },
      { tsi: 1, toi: 1, codepoint: 256 },
      { tsi: 1, toi: 1, codepoint: 0, psi: 4 },
      { tsi: 1, toi: 1, codepoint: 0, tsiLength: 2, toiLength: 4 },
      { tsi: 70_000, toi: 1, codepoint: 0, tsiLength: 2, toiLength: 2 },
      { tsi: 1, toi: 1, codepoint: 0, tsiLength: 0, toiLength: 4 },
      { tsi: 2 ** 47, codepoint: 0 },
      { tsi: 1, toi: 1, codepoint: 0, cci: new Uint8Array(6) },
      { tsi: 1, toi: 1, codepoint: 0, cci: new Uint8Array(20) },
    ];
    for (const fields of refused) expect(() => buildLct(fields), JSON.stringify(fields)).toThrow(LctError);
    const fields = { tsi: 1, toi: 1, codepoint: 0 };
    expect(() => buildLct(fields, [Uint8Array.of(1, 2, 0, 0)])).toThrow(LctError);
    expect(() => buildLct(fields, [Uint8Array.of(200, 0)])).toThrow(LctError);
    expect(() => buildLct(fields, Array(253).fill(Uint8Array.of(200, 0, 0, 0)))).toThrow(/1020 are allowed/);
  });

  it('throws nothing but LctError on random and mutated bytes', () => {
    const valid = buildLct({ tsi: 16, toi: 1, codepoint: 6 }, [
      Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(192, 0x20, 0, 7),
    ]);
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = valid.slice();
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated), (datagram) => {
        try {
          const lct = parseLct(datagram);
          expect(lct.headerLength).toBeLessThanOrEqual(datagram.length);
          let end = lct.headerLength;
          for (const extension of [...lct.extensions].reverse()) {
            expect(extension.offset + extension.length).toBe(end);
            end = extension.offset;
          }
        } catch (error) {
          expect(error).toBeInstanceOf(LctError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
