import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { channelPercentage, probability, wholeNumber } from '../codecs/node/options.js';
import {
  bitRate,
  contentSize,
  lossPercentage,
  mtuBytes,
  repairPercentage,
  sequenceNumber,
  streamRate,
  timeSpan,
} from './options.js';

describe('option values', () => {
  it('reads rates with their units', () => {
    expect(['64000', '64k', '2.5M', '1G'].map(bitRate)).toEqual([64_000, 64_000, 2_500_000, 1e9]);
    expect(streamRate('1G')).toBe(1e9);
  });

  it('reads percentages as fractions', () => {
    expect(['0', '25', '2.5', '30%', '99 %'].map(lossPercentage)).toEqual([0, 0.25, 0.025, 0.3, 0.99]);
    expect(repairPercentage('150')).toBe(1.5);
  });

  it('reads whole numbers within limits', () => {
    expect(sequenceNumber('4294967295')).toBe(4_294_967_295);
    expect(wholeNumber(0, 7)('0')).toBe(0);
  });

  it('reads sizes, times and probabilities', () => {
    expect(['10000000', '500k', '70M', '1.5G', 'news', '70 M'].map(contentSize)).toEqual([
      ...[10_000_000, 500_000, 70_000_000, 1.5e9, undefined, undefined],
    ]);
    expect(['0', '90', '90s', '15m', '2h', '1.5d'].map(timeSpan)).toEqual([0, 90, 90, 900, 7200, 129_600]);
    expect(['0.999', '99.9%', '1', '0'].map(probability)).toEqual([0.999, 0.999, 1, 0]);
    expect(channelPercentage('100')).toBe(1);
    expect(['0.3%', '1', '28', '0.0'].map(channelPercentage)).toEqual([0.003, 0.01, 0.28, 0]);
    for (const ambiguous of ['0.3', '.3'])
      expect(() => channelPercentage(ambiguous)).toThrow('30 % or 0.3 %? Write 30 or 0.3%.');
  });

  it.each([
    ...['0', '2000G'].map((text) => [contentSize, text] as const),
    ...['', 'soon', '-1', '3w'].map((text) => [timeSpan, text] as const),
    ...['', '2', '101%', 'x'].map((text) => [probability, text] as const),
    ...['', 'fast', '-1', '99', '2000G', '1e6', '64 k', '64K'].map((text) => [bitRate, text] as const),
    ...['99', '1.1G'].map((text) => [streamRate, text] as const),
    ...['', '100', '-1', 'half', '1e1', '5 0'].map((text) => [lossPercentage, text] as const),
    ...['575', '65536', '1500.5', '0x600', ' 1500'].map((text) => [mtuBytes, text] as const),
    ...['0', '4294967296', '-1'].map((text) => [sequenceNumber, text] as const),
  ])('%o refuses "%s"', (parse, text) => {
    expect(() => parse(text)).toThrow(InvalidArgumentError);
  });
});
