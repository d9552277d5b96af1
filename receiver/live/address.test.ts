import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatListenAddress, isMulticast, parseListenAddress } from './address.js';

describe('listening addresses', () => {
  it.each([
    ['239.255.0.1:4001', { address: '239.255.0.1', port: 4001 }],
    ['[FF15::1]:4001', { address: 'ff15::1', port: 4001 }],
    ['0.0.0.0:0', { address: '0.0.0.0', port: 0 }],
  ])('reads %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '4001',
    '239.255.0.1',
    '239.255.0.1:65536',
    'ff15::1:4001',
    '[239.255.0.1]:1',
    'name:1',
    '1.2.3:4',
  ])('refuses %j', (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });

  it('reads what it writes', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => (text.includes(':') ? `[${text}]` : text));
    fc.assert(
      fc.property(addresses, fc.nat(65_535), (address, port) => {
        const parsed = parseListenAddress(`${address}:${port}`);
        expect(parseListenAddress(formatListenAddress(parsed!))).toEqual(parsed);
      }),
    );
  });

  it('tells multicast groups', () => {
    const groups = ['224.0.0.0', '239.255.255.255', 'ff02::1', 'ff15::1'];
    const others = ['223.255.255.255', '240.0.0.0', '127.0.0.1', 'fe80::1', 'f::1', '2001:ff02::1'];
    expect(groups.filter(isMulticast)).toEqual(groups);
    expect(others.filter(isMulticast)).toEqual([]);
  });
});
