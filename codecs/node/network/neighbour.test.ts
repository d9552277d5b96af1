import { endianness } from 'node:os';
import { expect, it } from 'vitest';
import { isSilentIn, isSilentState, nextHopIn } from './neighbour.js';

/** default via 192.0.2.1 on eth0; 192.0.2.0/24 on eth0, 198.51.100.0/24 on wg0, 198.51.100.128/25 via 192.0.2.9 */
const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
ppp0	00000000	00000000	0001	0	0	200	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	100	00FFFFFF	0	0	0
wg0	006433C6	00000000	0001	0	0	0	00FFFFFF	0	0	0
eth0	806433C6	090200C0	0003	0	0	0	80FFFFFF	0	0	0
`;
const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
192.0.2.9        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.8        0x1         0x6         02:fc:00:00:00:08     *        eth0
`;

it.skipIf(endianness() === 'BE').each([
  ['203.0.113.1', { address: '192.0.2.1', device: 'eth0' }],
  ['192.0.2.9', { address: '192.0.2.9', device: 'eth0' }],
  ['198.51.100.1', { address: '198.51.100.1', device: 'wg0' }],
  ['198.51.100.129', { address: '192.0.2.9', device: 'eth0' }],
])('finds the first machine on the way to %s', (address, hop) => {
  expect(nextHopIn(ROUTES, address)).toEqual(hop);
});

it('knows no way without a route', () => {
  expect(nextHopIn(ROUTES.split('\n')[0]!, '192.0.2.1')).toBeUndefined();
});

it.each([
  ['192.0.2.1', false],
  ['192.0.2.8', false],
  ['192.0.2.9', true],
  // never asked
  ['192.0.2.77', false],
])('knows whether %s answers', (address, silent) => {
  expect(isSilentIn(ARP, { address, device: 'eth0' })).toBe(silent);
});

it.each([
  ['fd09::9 dev eth1 FAILED \n', true],
  ['fd09::9 dev eth1 INCOMPLETE \n', true],
  ['fd09::2 dev eth1 lladdr 02:fc:00:00:00:05 router REACHABLE \n', false],
  ['fd09::2 dev eth1 lladdr 02:fc:00:00:00:05 PERMANENT \n', false],
  ['', false],
])('knows what ip-neighbour(8) says: %s', (text, silent) => {
  expect(isSilentState(text)).toBe(silent);
});
