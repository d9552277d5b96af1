import { describe, expect, it } from 'vitest';
import { addressesLike, findMulticastInterface, missingInterface } from './interface.js';

/** As Node reports a router: the same link-local address on both sides. */
const INTERFACES = {
  lo: [{ address: '127.0.0.1' }, { address: '::1', scopeid: 0 }],
  eth0: [
    { address: '192.0.2.7' },
    { address: '2001:db8::7', scopeid: 0 },
    { address: 'fe80::fc:ff:fe00:1', scopeid: 2 },
  ],
  wg0: [{ address: '2001:db8::8', scopeid: 0 }],
  eth1: [{ address: '198.51.100.7' }, { address: 'fe80::fc:ff:fe00:1', scopeid: 3 }],
};

describe('the interface of a multicast group', () => {
  it.each([
    ['192.0.2.7', '239.255.0.1', { name: 'eth0', selector: '192.0.2.7' }],
    ['2001:DB8:0::7', 'ff15::1', { name: 'eth0', selector: '::%eth0' }],
    ['fe80::fc:ff:fe00:1', 'ff12::1', { name: 'eth0', selector: '::%eth0' }],
    ['fe80::fc:ff:fe00:1%eth1', 'ff12::1', { name: 'eth1', selector: '::%eth1' }],
    ['fe80::fc:ff:fe00:1%3', 'ff15::1', { name: 'eth1', selector: '::%eth1' }],
    ['eth0', '239.255.0.1', { name: 'eth0', selector: '192.0.2.7' }],
    ['eth1', 'ff15::1', { name: 'eth1', selector: '::%eth1' }],
  ])('that %s names, for %s', (iface, group, found) => {
    expect(findMulticastInterface(iface, group, INTERFACES)).toEqual(found);
  });

  it.each([
    ['192.0.2.8', '239.255.0.1'],
    ['192.0.2.7', 'ff15::1'],
    ['2001:db8::7', '239.255.0.1'],
    ['fe80::fc:ff:fe00:1%eth2', 'ff12::1'],
    ['2001:db8::7%eth1', 'ff15::1'],
    ['eth7', '239.255.0.1'],
    ['constructor', '239.255.0.1'],
    ['wg0', '239.255.0.1'],
    ['', 'ff15::1'],
  ])('is none for %j and %s', (iface, group) => {
    expect(findMulticastInterface(iface, group, INTERFACES)).toBeUndefined();
  });

  it('is named among those that there are', () => {
    const known =
      '::1 (lo), 2001:db8::7 (eth0), fe80::fc:ff:fe00:1%eth0, 2001:db8::8 (wg0), fe80::fc:ff:fe00:1%eth1';
    expect(missingInterface('2001:db8::9', 'ff15::1', INTERFACES)).toBe(
      `No network interface that is up has the IPv6 address 2001:db8::9. Addresses here are: ${known}.`,
    );
    expect(missingInterface('eth7', 'ff15::1', INTERFACES)).toBe(
      `No network interface that is up is called eth7. Addresses here are: ${known}.`,
    );
    expect(missingInterface('wg0', '239.255.0.1', INTERFACES)).toMatch(
      /^The network interface wg0 has no IPv4 address, and the group 239\.255\.0\.1 needs one\./,
    );
    expect(addressesLike('239.255.0.1', {})).toBe('none');
  });
});
