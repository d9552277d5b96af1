import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { byteCount, jobCount } from '../codecs/node/options.js';

it('reads numbers of bytes, with a unit or without', () => {
  expect(['1', '10000000', '500k', '1.5G'].map(byteCount)).toEqual([1, 10_000_000, 500_000, 1.5e9]);
});

it.each([
  ...['', '0', '0.1', '-1', '1e6', 'big', '8GiB', '8 G', '9007199254740992'].map(
    (text) => [byteCount, text] as const,
  ),
  ...['', '0', '257', '1.5'].map((text) => [jobCount, text] as const),
])('%o refuses "%s"', (parse, text) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError);
});
