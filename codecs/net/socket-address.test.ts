import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSocketAddress, parseSocketAddress } from './socket-address.js';

describe('addresses with a port', () => {
  it.each([
    ['239.255.0.1:4001', { address: '239.255.0.1', port: 4001 }],
    ['[FF15::0:1]:65535', { address: 'ff15::1', port: 65_535 }],
    ['[::1]:1', { address: '::1', port: 1 }],
    ['0.0.0.0:0', { address: '0.0.0.0', port: 0 }],
  ])('reads %s', (text, address) => {
    expect(parseSocketAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '4001',
    '239.255.0.1',
    ':4001',
    '239.255.0.1:65536',
    '239.255.0.1:-1',
    '239.255.0.256:4001',
    '239.255.0.1:4001 ',
    '1.2.3:4',
    'ff15::1:4001',
    '[239.255.0.1]:4001',
    '[ff15::1]',
    '[ff15::1:4001',
    '[fe80::1%eth0]:4001',
    'example.org:4001',
  ])('refuses %j', (text) => {
    expect(parseSocketAddress(text)).toBeUndefined();
  });

  it('reads what it writes', () => {
    const addresses = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => (text.includes(':') ? `[${text}]` : text));
    fc.assert(
      fc.property(addresses, fc.nat(65_535), (address, port) => {
        const parsed = parseSocketAddress(`${address}:${port}`);
        expect(parsed?.port).toBe(port);
        expect(parseSocketAddress(formatSocketAddress(parsed!))).toEqual(parsed);
      }),
    );
  });

  it('takes any text', () => {
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^[[\]0-9a-f:.]{0,60}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseSocketAddress(text);
        if (parsed !== undefined) expect(parseSocketAddress(formatSocketAddress(parsed))).toEqual(parsed);
      }),
    );
  });
});
