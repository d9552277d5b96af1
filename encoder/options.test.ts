import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  bitRate,
  lossPercentage,
  mtuBytes,
  repairPercentage,
  sequenceNumber,
  wholeNumber,
} from './options.js';

describe('option values', () => {
  it('reads rates with their units', () => {
    expect(['64000', '64k', '2.5M', '1G'].map(bitRate)).toEqual([64_000, 64_000, 2_500_000, 1e9]);
  });

  it('reads percentages as fractions', () => {
    expect(['0', '25', '2.5', '30%', '99 %'].map(lossPercentage)).toEqual([0, 0.25, 0.025, 0.3, 0.99]);
    expect(repairPercentage('150')).toBe(1.5);
  });

  it('reads whole numbers within limits', () => {
    expect(sequenceNumber('4294967295')).toBe(4_294_967_295);
    expect(wholeNumber(0, 7)('0')).toBe(0);
  });

  it.each([
    ...['', 'fast', '-1', '99', '2000G', '1e6', '64 k', '64K'].map((text) => [bitRate, text] as const),
    ...['', '100', '-1', 'half', '1e1', '5 0'].map((text) => [lossPercentage, text] as const),
    ...['575', '65536', '1500.5', '0x600', ' 1500'].map((text) => [mtuBytes, text] as const),
    ...['0', '4294967296', '-1'].map((text) => [sequenceNumber, text] as const),
  ])('%o refuses "%s"', (parse, text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
  });
});
