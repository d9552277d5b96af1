/** Links, tunnels and fragments around IP packets, for tests. */

import { concatBytes, fromHex } from '../../bytes.js';
import { LinkType, type UdpFlow } from '../index.js';
import { FLOW4, FLOW6, fragment4, fragment6, packet } from '../testing.js';
import { foldSum, sumWords } from './checksum.js';

/** What an EtherType announces, and its number; for an LLC frame its length. */
export interface Unit {
  readonly etherType: number;
  readonly bytes: Uint8Array;
}

/** Puts something around units, or changes their order. */
export type Layer = (units: readonly Unit[]) => readonly Unit[];

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const MPLS = 0x8847;
const MACS = fromHex('01005e7f0102020000000001');
const OUTER4: UdpFlow = { ...FLOW4, source: '198.51.100.1', destination: '203.0.113.7' };

function each(wrap: (unit: Unit) => Unit): Layer {
  return (units) => units.map(wrap);
}

/** 16-bit words, big-endian. */
export function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

function unitOf(bytes: Uint8Array): Unit {
  return { etherType: bytes[0]! >> 4 === 4 ? IPV4 : IPV6, bytes };
}

/** IP packets in layers, the innermost named first. */
export function layered(packets: readonly Uint8Array[], ...layers: readonly Layer[]): readonly Unit[] {
  return layers.reduce((units: readonly Unit[], layer) => layer(units), packets.map(unitOf));
}

/** A tag of IEEE 802.1Q, or of 802.1ad with 0x88a8. */
export function vlan(id: number, tag = 0x8100): Layer {
  return each(({ etherType, bytes }) => ({
    etherType: tag,
    bytes: concatBytes(words(id, etherType), bytes),
  }));
}

/** A stack of labels (RFC 3032). */
export function mpls(...labels: readonly number[]): Layer {
  const stack = labels.map((label, i) =>
    words(label >> 4, ((label & 15) << 12) | (i + 1 === labels.length ? 0x0100 : 0) | 64),
  );
  return each(({ bytes }) => ({ etherType: MPLS, bytes: concatBytes(...stack, bytes) }));
}

function ppp({ etherType, bytes }: Unit): Uint8Array {
  const protocol = etherType === IPV4 ? 0x0021 : etherType === IPV6 ? 0x0057 : 0x0281;
  return concatBytes(words(protocol), bytes);
}

function pppoeFrame(unit: Unit): Uint8Array {
  const frame = ppp(unit);
  return concatBytes(words(0x1100, 1, frame.length), frame);
}

/** RFC 2516 */
export const pppoe: Layer = each((unit) => ({ etherType: 0x8864, bytes: pppoeFrame(unit) }));

function snapFrame({ etherType, bytes }: Unit): Uint8Array {
  return concatBytes(fromHex('aaaa03000000'), words(etherType), bytes);
}

/** LLC and SNAP (RFC 1042). */
export const snap: Layer = each((unit) => {
  const bytes = snapFrame(unit);
  return { etherType: bytes.length, bytes };
});

function ethernetFrame({ etherType, bytes }: Unit): Uint8Array {
  return concatBytes(MACS, words(etherType), bytes);
}

/** An Ethernet frame in what GRE carries. */
export const ethernet: Layer = each((unit) => ({ etherType: 0x6558, bytes: ethernetFrame(unit) }));

/** An IPv4 packet of any protocol. */
export function ipv4(protocol: number, content: Uint8Array): Unit {
  const bytes = concatBytes(packet(OUTER4, new Uint8Array(0)).subarray(0, 20), content);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, bytes.length);
  view.setUint8(9, protocol);
  view.setUint16(10, 0);
  view.setUint16(10, ~foldSum(sumWords(view, 0, 20)));
  return { etherType: IPV4, bytes };
}

function ipv6(nextHeader: number, content: Uint8Array): Unit {
  const bytes = concatBytes(packet(FLOW6, new Uint8Array(0)).subarray(0, 40), content);
  const view = new DataView(bytes.buffer);
  view.setUint16(4, content.length);
  view.setUint8(6, nextHeader);
  return { etherType: IPV6, bytes };
}

const protocolOf = ({ etherType }: Unit) => (etherType === IPV4 ? 4 : 41);

/** RFC 2003, RFC 4213 */
export const inIpv4: Layer = each((unit) => ipv4(protocolOf(unit), unit.bytes));

/** RFC 2473 */
export const inIpv6: Layer = each((unit) => ipv6(protocolOf(unit), unit.bytes));

/** RFC 2784, with a key and a sequence number (RFC 2890) perhaps. */
export function gre(isKeyed = false): Layer {
  const options = isKeyed ? fromHex('0000000700000001') : new Uint8Array(0);
  return each(({ etherType, bytes }) =>
    ipv4(47, concatBytes(words(isKeyed ? 0x3000 : 0, etherType), options, bytes)),
  );
}

function inUdp(destinationPort: number, payload: Uint8Array): Unit {
  return { etherType: IPV4, bytes: packet({ ...OUTER4, destinationPort }, payload) };
}

/** RFC 7450 */
export const amt: Layer = each(({ bytes }) => inUdp(2268, concatBytes(words(0x0600), bytes)));

/** RFC 7348 */
export const vxlan: Layer = each((unit) =>
  inUdp(4789, concatBytes(fromHex('0800000000002a00'), ethernetFrame(unit))),
);

/** Fragments of IP packets, `bytes` in each, a multiple of 8; IPv6 packets carry UDP. */
export function fragments(bytes: number): Layer {
  return (units) =>
    units.flatMap(({ etherType, bytes: whole }, id) => {
      const [header, fragment] = etherType === IPV4 ? [20, fragment4] : [40, fragment6];
      const count = Math.ceil((whole.length - header) / bytes);
      const cut = Array.from({ length: count }, (_, i) => fragment(whole, i * bytes, bytes, id));
      return cut.map((piece) => ({ etherType, bytes: piece }));
    });
}

const WIFI = '01005e7f0102 020000000001 020000000002 1000';

function prefixed(hex: string, bytes: Uint8Array): Uint8Array {
  return concatBytes(fromHex(hex.replaceAll(' ', '')), bytes);
}

/** How links of each type that is read carry a unit. */
export const LINKS = {
  null: [
    LinkType.null,
    ({ etherType, bytes }) => prefixed(etherType === IPV4 ? '02000000' : '1e000000', bytes),
  ],
  ethernet: [LinkType.ethernet, ethernetFrame],
  ppp: [LinkType.ppp, (unit) => prefixed('ff03', ppp(unit))],
  rawBsd: [LinkType.rawBsd, ({ bytes }) => bytes],
  rawOpenBsd: [LinkType.rawOpenBsd, ({ bytes }) => bytes],
  pppHdlc: [LinkType.pppHdlc, (unit) => prefixed('ff03', ppp(unit))],
  pppEther: [LinkType.pppEther, pppoeFrame],
  atmLlc: [LinkType.atmLlc, snapFrame],
  raw: [LinkType.raw, ({ bytes }) => bytes],
  ciscoHdlc: [
    LinkType.ciscoHdlc,
    ({ etherType, bytes }) => prefixed('0f00', concatBytes(words(etherType), bytes)),
  ],
  wifi: [LinkType.wifi, (unit) => prefixed(`8802 0000 ${WIFI} 0000`, snapFrame(unit))],
  loop: [
    LinkType.loop,
    ({ etherType, bytes }) => prefixed(etherType === IPV4 ? '00000002' : '00000018', bytes),
  ],
  linuxCooked: [
    LinkType.linuxCooked,
    ({ etherType, bytes }) =>
      prefixed('0004 0001 0006 0200000000010000', concatBytes(words(etherType), bytes)),
  ],
  radiotap: [LinkType.radiotap, (unit) => prefixed(`0000 0800 00000000 0802 0000 ${WIFI}`, snapFrame(unit))],
  ipv4: [LinkType.ipv4, ({ bytes }) => bytes],
  ipv6: [LinkType.ipv6, ({ bytes }) => bytes],
  linuxCooked2: [
    LinkType.linuxCooked2,
    ({ etherType, bytes }) =>
      concatBytes(words(etherType), prefixed('0000 00000001 0001 00 06 0200000000010000', bytes)),
  ],
} as const satisfies Record<keyof typeof LinkType, readonly [number, (unit: Unit) => Uint8Array]>;
