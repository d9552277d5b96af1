import { foldSum, isIntact, sumPseudoHeader, sumWords } from './checksum.js';

const PROTOCOL_UDP = 17;
const IPV6_FRAGMENT = 44;
/** Hop-by-hop options, routing, destination options, mobility, HIP, shim6: all with the same length field. */
const IPV6_EXTENSIONS = new Set([0, 43, 60, 135, 139, 140]);
const MAX_IPV6_EXTENSIONS = 8;
const UDP_HEADER_LENGTH = 8;

/** Where the parts of a UDP datagram lie in the buffer. */
export interface UdpLocation {
  /** The source address, then the destination address, `addressBytes` in all (8 or 32). */
  readonly addresses: number;
  readonly addressBytes: 8 | 32;
  /** The UDP header. */
  readonly udp: number;
  /** Behind the last byte of the payload. */
  readonly end: number;
}

/** Why an IP packet gives no datagram; the names are those of `PcapCounters`. */
export type IpRefusal = 'fragments' | 'badChecksums' | 'otherPackets' | 'malformed';

/**
 * Finds the UDP datagram in an IP packet (RFC 791, RFC 8200, RFC 768) and verifies its checksums.
 * Bytes behind the IP packet, as Ethernet pads short frames with, are left out.
 */
export function locateUdp(view: DataView, offset: number, end: number): UdpLocation | IpRefusal {
  if (offset >= end) return 'malformed';
  const version = view.getUint8(offset) >> 4;
  if (version === 4) return locateInIpv4(view, offset, end);
  if (version === 6) return locateInIpv6(view, offset, end);
  return 'otherPackets';
}

function locateInIpv4(view: DataView, offset: number, end: number): UdpLocation | IpRefusal {
  if (offset + 20 > end) return 'malformed';
  const headerLength = (view.getUint8(offset) & 0x0f) * 4;
  const totalLength = view.getUint16(offset + 2);
  if (headerLength < 20 || totalLength < headerLength || offset + totalLength > end) return 'malformed';
  if (!isIntact(sumWords(view, offset, headerLength))) return 'badChecksums';
  if (view.getUint8(offset + 9) !== PROTOCOL_UDP) return 'otherPackets';
  const moreFragmentsAndOffset = view.getUint16(offset + 6) & 0x3fff;
  if (moreFragmentsAndOffset !== 0) return 'fragments';
  return checkUdp(view, offset + 12, 8, offset + headerLength, offset + totalLength);
}

function locateInIpv6(view: DataView, offset: number, end: number): UdpLocation | IpRefusal {
  if (offset + 40 > end) return 'malformed';
  const packetEnd = offset + 40 + view.getUint16(offset + 4);
  if (packetEnd > end) return 'malformed';
  let nextHeader = view.getUint8(offset + 6);
  let at = offset + 40;
  for (let extensions = 0; IPV6_EXTENSIONS.has(nextHeader); extensions++) {
    if (extensions === MAX_IPV6_EXTENSIONS || at + 8 > packetEnd) return 'malformed';
    nextHeader = view.getUint8(at);
    at += (view.getUint8(at + 1) + 1) * 8;
  }
  if (nextHeader === IPV6_FRAGMENT) return 'fragments';
  if (nextHeader !== PROTOCOL_UDP) return 'otherPackets';
  return checkUdp(view, offset + 8, 32, at, packetEnd);
}

function checkUdp(
  view: DataView,
  addresses: number,
  addressBytes: 8 | 32,
  udp: number,
  packetEnd: number,
): UdpLocation | IpRefusal {
  if (udp + UDP_HEADER_LENGTH > packetEnd) return 'malformed';
  const length = view.getUint16(udp + 4);
  if (length < UDP_HEADER_LENGTH || udp + length > packetEnd) return 'malformed';
  const location = { addresses, addressBytes, udp, end: udp + length };
  const checksum = view.getUint16(udp + 6);
  // RFC 768: zero says that an IPv4 sender made no checksum; RFC 8200 section 8.1 demands one over IPv6.
  if (checksum === 0) return addressBytes === 8 ? location : 'badChecksums';
  const pseudoHeader = sumPseudoHeader(view, addresses, addressBytes, length);
  if (isIntact(pseudoHeader + sumWords(view, udp, length))) return location;
  // A recording made on the sending host holds the pseudo-header's sum where the network card puts the checksum.
  return checksum === foldSum(pseudoHeader) ? location : 'badChecksums';
}
