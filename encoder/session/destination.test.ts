import { describe, expect, it } from 'vitest';
import { packetOverhead, parseDestination } from './destination.js';

describe('parseDestination', () => {
  it.each([
    ['239.255.0.1:4001', { address: '239.255.0.1', port: 4001 }, 28],
    ['[FF15::1]:65535', { address: 'ff15::1', port: 65_535 }, 48],
    ['10.0.0.1:1', { address: '10.0.0.1', port: 1 }, 28],
  ])('reads %s', (text, expected, overhead) => {
    const parsed = parseDestination(text)!;
    expect(parsed).toEqual(expected);
    expect(packetOverhead(parsed)).toBe(overhead);
  });

  it.each(['239.255.0.1', '239.255.0.1:0', '[ff15::1]:0', 'example.org:4001'])('refuses "%s"', (text) => {
    expect(parseDestination(text)).toBeUndefined();
  });
});
