import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapError } from '../pcap/error.js';
import {
  canonicalAddress,
  formatAddress,
  isGroupOfLink,
  isIpv6,
  isMulticast,
  parseAddress,
} from './address.js';

describe('IP addresses', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['239.255.3.3', '239.255.3.3'],
    ['::', '::'],
    ['::1', '::1'],
    ['FF15::0:1', 'ff15::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is read and written as RFC 5952 says', (text, canonical) => {
    expect(formatAddress(parseAddress(text))).toBe(canonical);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.04',
    '1.2.3.4.5',
    ' 1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    '1.2.3.4::',
    '::1.2.3.4:1',
    'fe80::1%eth0',
    'example.org',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(PcapError);
  });

  const addressBytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc
      .array(fc.oneof(fc.constantFrom(0, 0, 1, 255), fc.nat(255)), { minLength: 16, maxLength: 16 })
      .map((b) => Uint8Array.from(b)),
  );

  it('reads what it writes', () => {
    fc.assert(
      fc.property(addressBytes, (b) => {
        const text = formatAddress(b);
        expect(parseAddress(text)).toEqual(b);
        expect(canonicalAddress(text.toUpperCase())).toBe(text);
        expect(isIpv6(text)).toBe(b.length === 16);
      }),
    );
  });

  it('has no canonical form of what is no address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%]{0,50}$/)), (text) => {
        const canonical = canonicalAddress(text);
        if (canonical === undefined) expect(() => parseAddress(text)).toThrow(PcapError);
        else expect(canonicalAddress(canonical)).toBe(canonical);
      }),
    );
  });

  it('tells multicast groups, and those that exist once on each link', () => {
    // interface-local and link-local (RFC 4291 section 2.7), whatever the flags
    const ofLink = ['ff02::1', 'ff11::1', 'ff12::77', 'ff32::8000:1'];
    const groups = [
      '224.0.0.0',
      '239.255.255.255',
      'ff05::2',
      'FF15::1',
      'ff3e::8000:1',
      'ff00::',
      ...ofLink,
    ];
    const others = [
      '223.255.255.255',
      '240.0.0.0',
      '127.0.0.1',
      'fe80::1',
      'f::1',
      'ff::1',
      'ff2::1',
      '2001:ff02::1',
    ];
    expect(groups.filter(isMulticast)).toEqual(groups);
    expect(groups.filter(isGroupOfLink)).toEqual(ofLink);
    expect([...others.filter(isMulticast), ...others.filter(isGroupOfLink)]).toEqual([]);
  });

  it('tells groups by the first bytes, however they are written', () => {
    fc.assert(
      fc.property(addressBytes, (b) => {
        const isGroup = b.length === 4 ? b[0]! >= 224 && b[0]! <= 239 : b[0] === 255;
        const written = b.length === 4 ? [] : [Array.from({ length: 8 }, (_, i) => hexGroup(b, i)).join(':')];
        for (const text of [formatAddress(b), ...written]) expect(isMulticast(text)).toBe(isGroup);
      }),
    );
  });
});

/** With leading zeroes. */
const hexGroup = (bytes: Uint8Array, i: number) =>
  [bytes[2 * i]!, bytes[2 * i + 1]!].map((byte) => byte.toString(16).padStart(2, '0')).join('');
