import { foldSum, isIntact, sumPseudoHeader, sumWords } from './checksum.js';
import type { IpFragment } from './fragments.js';
import { type Found, MALFORMED } from './network.js';
import { findInGre, findInUdp } from './tunnels.js';

const Protocol = { ipv4: 4, udp: 17, ipv6: 41, routing: 43, fragment: 44, gre: 47 } as const;
const NAMES = new Map([
  [1, 'ICMP'],
  [2, 'IGMP'],
  [6, 'TCP'],
  [50, 'ESP (encrypted)'],
  [58, 'ICMPv6'],
  [89, 'OSPF'],
  [103, 'PIM'],
  [132, 'SCTP'],
]);
/** Hop-by-hop options, routing, destination options, mobility, HIP, shim6: all with the same length field. */
const IPV6_EXTENSIONS = new Set([0, Protocol.routing, 60, 135, 139, 140]);
const MAX_IPV6_EXTENSIONS = 8;
/** Packets in packets. */
const MAX_DEPTH = 8;
const UDP_HEADER_LENGTH = 8;

/** Where the parts of a UDP datagram lie in the buffer. */
export interface UdpLocation {
  readonly kind: 'udp';
  /** The addresses, each `addressBytes` long. */
  readonly source: number;
  readonly destination: number;
  readonly addressBytes: 4 | 16;
  /** The UDP header. */
  readonly udp: number;
  /** Behind the last byte of the payload. */
  readonly end: number;
}

export interface LocatedFragment extends IpFragment {
  readonly kind: 'fragment';
  /** Packets around it. */
  readonly depth: number;
}

/** What an IP packet is that gives no datagram, in words; `malformed` and `badChecksum` are damage. */
export type Refusal = string;

export const BAD_CHECKSUM = 'badChecksum';

export type Located = UdpLocation | LocatedFragment | Refusal;

/**
 * Finds the UDP datagram in an IP packet (RFC 791, RFC 8200, RFC 768), or in the packet that it tunnels, and verifies
 * checksums. Bytes behind the IP packet, as Ethernet pads short frames with, are left out.
 */
export function locateUdp(view: DataView, offset: number, end: number, depth = 0): Located {
  if (offset >= end || depth > MAX_DEPTH) return MALFORMED;
  const version = view.getUint8(offset) >> 4;
  if (version === 4) return locateInIpv4(view, offset, end, depth);
  if (version === 6) return locateInIpv6(view, offset, end, depth);
  return `IP version ${version}`;
}

function locateInIpv4(view: DataView, offset: number, end: number, depth: number): Located {
  if (offset + 20 > end) return MALFORMED;
  const headerLength = (view.getUint8(offset) & 0x0f) * 4;
  const totalLength = view.getUint16(offset + 2);
  if (headerLength < 20 || totalLength < headerLength || offset + totalLength > end) return MALFORMED;
  // A recording made on the sending host has zero where the network card puts the checksum.
  const isSent = view.getUint16(offset + 10) === 0;
  if (!isSent && !isIntact(sumWords(view, offset, headerLength))) return BAD_CHECKSUM;
  const protocol = view.getUint8(offset + 9);
  const addresses = { source: offset + 12, destination: offset + 16, addressBytes: 4 } as const;
  const start = offset + headerLength;
  const packetEnd = offset + totalLength;
  const flags = view.getUint16(offset + 6);
  if ((flags & 0x3fff) === 0) return locateInPayload(view, protocol, addresses, start, packetEnd, depth);
  return {
    ...addresses,
    kind: 'fragment',
    identification: view.getUint16(offset + 4),
    protocol,
    position: (flags & 0x1fff) * 8,
    more: (flags & 0x2000) !== 0,
    start,
    end: packetEnd,
    depth,
  };
}

function locateInIpv6(view: DataView, offset: number, end: number, depth: number): Located {
  if (offset + 40 > end) return MALFORMED;
  const packetEnd = offset + 40 + view.getUint16(offset + 4);
  if (packetEnd > end) return MALFORMED;
  const source = offset + 8;
  let destination = offset + 24;
  let nextHeader = view.getUint8(offset + 6);
  let at = offset + 40;
  for (let extensions = 0; extensions < MAX_IPV6_EXTENSIONS; extensions++) {
    const isFragment = nextHeader === Protocol.fragment;
    if (!isFragment && !IPV6_EXTENSIONS.has(nextHeader)) {
      const addresses = { source, destination, addressBytes: 16 } as const;
      return locateInPayload(view, nextHeader, addresses, at, packetEnd, depth);
    }
    if (at + 8 > packetEnd) return MALFORMED;
    const length = isFragment ? 8 : (view.getUint8(at + 1) + 1) * 8;
    if (at + length > packetEnd) return MALFORMED;
    if (nextHeader === Protocol.routing) {
      const final = finalDestination(view, at, length);
      if (final === undefined) return 'IPv6 routing header';
      if (final > 0) destination = final;
    }
    nextHeader = view.getUint8(at);
    const flags = isFragment ? view.getUint16(at + 2) & 0xfff9 : 0;
    at += length;
    // an atomic fragment is a whole packet (RFC 6946)
    if (flags === 0) continue;
    return {
      kind: 'fragment',
      source,
      destination,
      addressBytes: 16,
      identification: view.getUint32(at - 4),
      protocol: nextHeader,
      position: flags & 0xfff8,
      more: (flags & 1) !== 0,
      start: at,
      end: packetEnd,
      depth,
    };
  }
  return MALFORMED;
}

/**
 * Where a routing header that is not used up names the last destination (RFC 8200 section 4.4; types 0 of RFC 2460, 2 of
 * RFC 6275, 4 of RFC 8754), which the checksum is made for; 0 when it is used up; undefined for other types.
 */
function finalDestination(view: DataView, at: number, length: number): number | undefined {
  const segmentsLeft = view.getUint8(at + 3);
  if (segmentsLeft === 0) return 0;
  const type = view.getUint8(at + 2);
  if (length < 24) return undefined;
  if (type === 0) return at + length - 16;
  return type === 2 || type === 4 ? at + 8 : undefined;
}

type Addresses = Pick<UdpLocation, 'source' | 'destination' | 'addressBytes'>;

/** Finds the UDP datagram in what an IP packet carries. */
export function locateInPayload(
  view: DataView,
  protocol: number,
  addresses: Addresses,
  at: number,
  end: number,
  depth: number,
): Located {
  switch (protocol) {
    case Protocol.udp:
      return locateInUdp(view, addresses, at, end, depth);
    case Protocol.ipv4:
    case Protocol.ipv6:
      return locateUdp(view, at, end, depth + 1);
    case Protocol.gre:
      return locateFound(view, findInGre(view, at, end), end, depth);
    default:
      return NAMES.get(protocol) ?? `IP protocol ${protocol}`;
  }
}

function locateFound(view: DataView, found: Found, end: number, depth: number): Located {
  return typeof found === 'string' ? found : locateUdp(view, found, end, depth + 1);
}

function locateInUdp(view: DataView, addresses: Addresses, udp: number, end: number, depth: number): Located {
  if (udp + UDP_HEADER_LENGTH > end) return MALFORMED;
  const length = view.getUint16(udp + 4);
  const udpEnd = udp + length;
  if (length < UDP_HEADER_LENGTH || udpEnd > end) return MALFORMED;
  const tunnelled = findInUdp(
    view,
    view.getUint16(udp),
    view.getUint16(udp + 2),
    udp + UDP_HEADER_LENGTH,
    udpEnd,
  );
  // the checksum of the packet inside tells enough
  if (tunnelled !== undefined) return locateFound(view, tunnelled, udpEnd, depth);
  const { source, destination, addressBytes } = addresses;
  const location = { kind: 'udp', source, destination, addressBytes, udp, end: udpEnd } as const;
  const checksum = view.getUint16(udp + 6);
  // RFC 768: zero says that an IPv4 sender made no checksum; RFC 8200 section 8.1 demands one over IPv6.
  if (checksum === 0) return addressBytes === 4 ? location : BAD_CHECKSUM;
  const pseudoHeader = sumPseudoHeader(view, source, destination, addressBytes, length);
  if (isIntact(pseudoHeader + sumWords(view, udp, length))) return location;
  // A recording made on the sending host holds the pseudo-header's sum where the network card puts the checksum.
  return checksum === foldSum(pseudoHeader) ? location : BAD_CHECKSUM;
}
