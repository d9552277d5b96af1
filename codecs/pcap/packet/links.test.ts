import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../../fixtures/tools.js';
import { concatBytes, fromHex, toHex } from '../../bytes.js';
import { LinkType, type UdpFlow } from '../index.js';
import { bytesOf, FLOW4, FLOW6, fileOf, packet, readAll } from '../testing.js';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''));
const ETHERNET = '01005e7f0102 020000000001';
const OUTER: UdpFlow = { ...FLOW4, source: '198.51.100.1', destination: '203.0.113.7' };

/** An IPv4 packet that carries another protocol; its header has no checksum, as a card that makes it leaves it. */
function ipv4(protocol: number, content: Uint8Array): Uint8Array {
  const header = packet(OUTER, new Uint8Array(0)).slice(0, 20);
  const view = new DataView(header.buffer);
  view.setUint16(2, 20 + content.length);
  view.setUint8(9, protocol);
  view.setUint16(10, 0);
  return concatBytes(header, content);
}

function ipv6(nextHeader: number, content: Uint8Array): Uint8Array {
  const header = packet(FLOW6, new Uint8Array(0)).slice(0, 40);
  const view = new DataView(header.buffer);
  view.setUint16(4, content.length);
  view.setUint8(6, nextHeader);
  return concatBytes(header, content);
}

const udp = (destinationPort: number, payload: Uint8Array) => packet({ ...OUTER, destinationPort }, payload);

const WIFI = '01005e7f0102 020000000001 020000000002 1000';
const SNAP = 'aaaa03 000000 0800';

/** How a frame begins, by its link type: what follows is an IPv4 packet. */
const PREFIXES: readonly (readonly [string, number, string])[] = [
  ['802.1Q', LinkType.ethernet, `${ETHERNET} 8100 0064 0800`],
  ['802.1ad', LinkType.ethernet, `${ETHERNET} 88a8 0001 8100 0064 0800`],
  ['MPLS', LinkType.ethernet, `${ETHERNET} 8847 00010040 00011140`],
  ['PPPoE', LinkType.ethernet, `${ETHERNET} 8864 11 00 0001 0053 0021`],
  ['PPPoE in a VLAN', LinkType.ethernet, `${ETHERNET} 8100 0007 8864 11 00 0001 0053 0021`],
  ['LLC and SNAP', LinkType.ethernet, `${ETHERNET} 0059 ${SNAP}`],
  ['PPP', LinkType.ppp, 'ff03 0021'],
  ['PPP without address and control', LinkType.ppp, '0021'],
  ['PPP in HDLC-like framing', LinkType.pppHdlc, 'ff03 0021'],
  ['PPP with MPLS', LinkType.pppHdlc, 'ff03 0281 00011140'],
  ['Cisco HDLC', LinkType.ciscoHdlc, '0f00 0800'],
  ['PPPoE without Ethernet', LinkType.pppEther, '11 00 0001 0053 0021'],
  ['LLC over ATM', LinkType.atmLlc, SNAP],
  ['OpenBSD loopback', LinkType.loop, '00000002'],
  ['Linux cooked with 802.1Q', LinkType.linuxCooked, '0000 0001 0006 0200000000010000 8100 0064 0800'],
  [
    'Linux cooked 2 with 802.1Q',
    LinkType.linuxCooked2,
    '8100 0000 00000001 0001 00 06 0200000000010000 0064 0800',
  ],
  ['802.11', LinkType.wifi, `0802 0000 ${WIFI} ${SNAP}`],
  ['802.11 with QoS', LinkType.wifi, `8802 0000 ${WIFI} 0000 ${SNAP}`],
  ['802.11 between stations', LinkType.wifi, `0803 0000 ${WIFI} 020000000003 ${SNAP}`],
  ['radiotap', LinkType.radiotap, `0000 0800 00000000 0802 0000 ${WIFI} ${SNAP}`],
  [
    'radiotap with times, flags and padding',
    LinkType.radiotap,
    `0000 1900 03000080 00000080 00000000 0000000000000000 20 8802 0000 ${WIFI} 0000 0000 ${SNAP}`,
  ],
];

const INNER = (payload: Uint8Array) => packet(FLOW4, payload);
const GRE = (header: string) => (payload: Uint8Array) => ipv4(47, concatBytes(hex(header), INNER(payload)));

const TUNNELS: readonly (readonly [string, (payload: Uint8Array) => Uint8Array])[] = [
  ['GRE', GRE('0000 0800')],
  ['GRE with checksum, key and sequence', GRE('b000 0800 00000000 00000007 00000001')],
  ['GRE with Ethernet', GRE(`0000 6558 ${ETHERNET} 0800`)],
  ['GRE with PPP', GRE('3001 880b 0054 0001 00000001 ff03 0021')],
  ['IPv4 in IPv4', (payload) => ipv4(4, INNER(payload))],
  ['IPv4 in IPv6', (payload) => ipv6(4, INNER(payload))],
  ['AMT', (payload) => udp(2268, concatBytes(hex('0600'), INNER(payload)))],
  ['VXLAN', (payload) => udp(4789, concatBytes(hex(`08000000 00002a00 ${ETHERNET} 0800`), INNER(payload)))],
  ['IPv4 in IPv4 in IPv4', (payload) => ipv4(4, ipv4(4, INNER(payload)))],
];

const FRAMES = [
  ...PREFIXES.map(([name, linkType, prefix], i) => ({
    name,
    linkType,
    frame: concatBytes(hex(prefix), INNER(bytesOf(53, i))),
    payload: bytesOf(53, i),
  })),
  ...TUNNELS.map(([name, wrap], i) => ({
    name,
    linkType: LinkType.raw as number,
    frame: wrap(bytesOf(60, i + 100)),
    payload: bytesOf(60, i + 100),
  })),
];

describe('frames', () => {
  it.each(FRAMES)('of $name are read', ({ linkType, frame, payload }) => {
    const { datagrams, counters } = readAll(fileOf(linkType, [frame]));
    expect(counters).toMatchObject({ datagrams: 1 });
    expect(datagrams).toEqual([{ ...FLOW4, timestampNs: 5_000_007_000n, payload }]);
  });

  it.each(FRAMES)('of $name may be cut at any byte', ({ linkType, frame }) => {
    const cut = Array.from({ length: frame.length }, (_, length) => frame.subarray(0, length));
    expect(readAll(fileOf(linkType, cut)).counters).toMatchObject({ records: frame.length, datagrams: 0 });
  });

  it('are read as tshark reads them, datagram for datagram', (context) => {
    if (!requireTool('tshark', context)) return;
    const directory = mkdtempSync(join(tmpdir(), 'datacast-links-'));
    try {
      const linkTypes = [...new Set(FRAMES.map(({ linkType }) => linkType))];
      const files = linkTypes.map((linkType) => {
        const file = join(directory, `${linkType}.pcap`);
        const frames = FRAMES.filter((each) => each.linkType === linkType).map(({ frame }) => frame);
        writeFileSync(file, fileOf(linkType, frames));
        return file;
      });
      const merged = join(directory, 'merged.pcapng');
      execFileSync('mergecap', ['-a', '-F', 'pcapng', '-w', merged, ...files], { stdio: 'ignore' });
      const { datagrams } = readAll(new Uint8Array(readFileSync(merged)));
      expect(datagrams).toHaveLength(FRAMES.length);
      const fields = ['ip.dst', 'udp.dstport', 'udp.payload'].flatMap((field) => ['-e', field]);
      const args = ['-r', merged, '-n', '-T', 'fields', '-E', 'occurrence=l', '-d', 'udp.port==40085,data'];
      const rows = execFileSync('tshark', [...args, ...fields], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ours = datagrams.map(
        ({ destination, destinationPort, payload }) =>
          `${destination}\t${destinationPort}\t${toHex(payload)}`,
      );
      expect(rows.trimEnd().split('\n')).toEqual(ours);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('what carries no datagram', () => {
  it.each([
    ['ARP', LinkType.ethernet, `${ETHERNET} 0806 0001080006040001`],
    ['EtherType 0x1234', LinkType.ethernet, `${ETHERNET} 1234 00`],
    ['LLC', LinkType.ethernet, `${ETHERNET} 0026 424203`],
    ['MPLS without IP', LinkType.ethernet, `${ETHERNET} 8847 00011140 00000000`],
    ['PPP protocol 0xc021', LinkType.ppp, 'ff03 c021 01'],
    ['encrypted 802.11', LinkType.wifi, `0842 0000 ${WIFI} 0000`],
    ['802.11 without data', LinkType.wifi, `8000 0000 ${WIFI} 0000`],
    ['address family 7', LinkType.loop, '00000007'],
    ['GRE of another version', LinkType.raw, toHex(ipv4(47, hex('0005 0800')))],
    ['ICMP', LinkType.raw, toHex(ipv4(1, new Uint8Array(8)))],
    ['IP protocol 253', LinkType.raw, toHex(ipv4(253, new Uint8Array(8)))],
    ['IP version 9', LinkType.raw, '90'],
  ])('is counted as what it is: %s', (kind, linkType, frame) => {
    const { counters } = readAll(fileOf(linkType, [hex(frame), hex(frame)]));
    expect(counters).toMatchObject({ records: 2, otherPackets: 2, others: { [kind]: 2 } });
  });

  it('has a bounded number of kinds', () => {
    const frames = Array.from({ length: 100 }, (_, i) => ipv4(100 + i, new Uint8Array(1)));
    const { others, otherPackets } = readAll(fileOf(LinkType.raw, frames)).counters;
    expect(otherPackets).toBe(100);
    expect(Object.keys(others)).toHaveLength(16);
  });

  it('may be packets in packets without end', () => {
    let nested = packet(FLOW4, bytesOf(9, 1));
    for (let depth = 0; depth < 30; depth++) nested = ipv4(4, nested);
    expect(readAll(fileOf(LinkType.raw, [nested])).counters).toMatchObject({ malformed: 1 });
  });
});

describe('IPv6 routing headers', () => {
  const sent = packet(FLOW6, bytesOf(20, 1));
  const content = sent.subarray(40);
  const final = sent.subarray(24, 40);
  const via = fromHex('20010db8000000000000000000000099');
  const routed = (header: Uint8Array, destination: Uint8Array) => {
    const frame = ipv6(43, concatBytes(header, content));
    frame.set(destination, 24);
    return frame;
  };

  it.each([
    ['used up', routed(concatBytes(hex('11 02 00 00 00000000'), via), final)],
    ['type 0', routed(concatBytes(hex('11 02 00 01 00000000'), final), via)],
    ['type 4', routed(concatBytes(hex('11 04 04 01 01000000'), final, via), via)],
  ])('name the destination that the checksum is made for: %s', (_, frame) => {
    const { datagrams } = readAll(fileOf(LinkType.raw, [frame]));
    expect(datagrams).toMatchObject([{ ...FLOW6, payload: bytesOf(20, 1) }]);
  });

  it('of unknown types are left out', () => {
    const frame = routed(concatBytes(hex('11 02 09 01 00000000'), final), via);
    expect(readAll(fileOf(LinkType.raw, [frame])).counters.others).toEqual({ 'IPv6 routing header': 1 });
  });
});

describe('recordings that were made on the sending host', () => {
  it('have no checksum in the IPv4 header, and a part of it in that of UDP', () => {
    const frame = packet(FLOW4, bytesOf(30, 1)).slice();
    frame.set([0, 0], 10);
    // the sum over addresses, protocol and length: c000 + 0201 + efff + 0102 + 0011 + 0026
    frame.set([0xb3, 0x3a], 26);
    expect(readAll(fileOf(LinkType.raw, [frame])).counters).toMatchObject({ datagrams: 1, badChecksums: 0 });
    frame.set([0xb3, 0x3b], 26);
    expect(readAll(fileOf(LinkType.raw, [frame])).counters).toMatchObject({ datagrams: 0, badChecksums: 1 });
  });
});
