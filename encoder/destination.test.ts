import { describe, expect, it } from 'vitest';
import { formatDestination, packetOverhead, parseDestination } from './destination.js';

describe('parseDestination', () => {
  it.each([
    ['239.255.0.1:4001', { address: '239.255.0.1', port: 4001 }, 28],
    ['[ff15::1]:65535', { address: 'ff15::1', port: 65_535 }, 48],
    ['10.0.0.1:1', { address: '10.0.0.1', port: 1 }, 28],
  ])('reads %s', (text, expected, overhead) => {
    const parsed = parseDestination(text)!;
    expect(parsed).toEqual(expected);
    expect(formatDestination(parsed)).toBe(text);
    expect(packetOverhead(parsed)).toBe(overhead);
  });

  it.each([
    '',
    '239.255.0.1',
    ':4001',
    '239.255.0.1:0',
    '239.255.0.1:65536',
    '239.255.0.256:4001',
    'ff15::1:4001',
    '[239.255.0.1]:4001',
    '[ff15::1]',
    '[fe80::1%eth0]:4001',
    'example.org:4001',
    '239.255.0.1:4001 ',
  ])('refuses "%s"', (text) => {
    expect(parseDestination(text)).toBeUndefined();
  });
});
