import { describe, expect, it } from 'vitest';
import { toHex } from '../../bytes.js';
import { writePcr, writePts } from './timestamps.js';

function hexOf(length: number, write: (into: Uint8Array) => void): string {
  const bytes = new Uint8Array(length);
  write(bytes);
  return toHex(bytes);
}

describe('time stamps', () => {
  // '0010', three bits, marker, fifteen bits, marker, fifteen bits, marker (ISO/IEC 13818-1 table 2-21)
  it.each([
    [0, '2100010001'],
    [1, '2100010003'],
    [2 ** 15, '2100030001'],
    [2 ** 30, '2300010001'],
    [2 ** 33 - 1, '2fffffffff'],
    [2 ** 33 + 90_000, '210005bf21'],
  ])('PTS %i', (time, hex) => {
    expect(hexOf(5, (into) => writePts(into, 0, time))).toBe(hex);
  });

  // base of 33 bits, six reserved bits of 1, extension of nine bits (ISO/IEC 13818-1 table 2-6)
  it.each([
    [0, '000000007e00'],
    [299, '000000007f2b'],
    [300, '00000000fe00'],
    [2 ** 33 * 300 - 1, 'ffffffffff2b'],
    [2 ** 33 * 300 + 300, '00000000fe00'],
  ])('PCR %i', (ticks, hex) => {
    expect(hexOf(6, (into) => writePcr(into, 0, ticks, 27_000_000))).toBe(hex);
  });

  it('PCR stay exact over months', () => {
    // a year of 38,014,706 bit/s, and a third of a second
    const rate = 38_014_706;
    const year = 365 * 86_400;
    const ticks = (BigInt(year) * 27_000_000n + 9_000_000n) % (2n ** 33n * 300n);
    const pcr = hexOf(6, (into) => writePcr(into, 0, rate * year + rate / 3, rate));
    const value = BigInt(`0x${pcr}`);
    expect((value >> 15n) * 300n + (value & 0x1ffn)).toBe(ticks);
  });
});
