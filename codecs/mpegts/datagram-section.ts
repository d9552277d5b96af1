import { TransportStreamError } from './error.js';
import { CRC_LENGTH, MAX_SECTION_LENGTH, SECTION_HEADER_LENGTH, TableId } from './format.js';
import { writeCrc } from './section.js';

/** Bytes before the datagram: section header, MAC address, flags and section numbers. */
const DATAGRAM_OFFSET = 12;

/** Bytes of the longest IP packet that one section carries. */
export const MAX_IP_PACKET_LENGTH = MAX_SECTION_LENGTH - DATAGRAM_OFFSET - CRC_LENGTH;

/** section_syntax_indicator 1, private_indicator 0, reserved bits 1. */
const SYNTAX_AND_RESERVED = 0xb000;
/** Reserved bits 1, neither payload nor address scrambled, no LLC/SNAP, current_next_indicator 1. */
const PLAIN_FLAGS = 0xc1;
const PAYLOAD_SCRAMBLING = 0x30;
const LLC_SNAP = 0x02;

/** Logical link control of SNAP (IEEE 802.2: AA AA 03), organisation 00 00 00; the EtherType follows. */
const SNAP_HEADER = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00];
const SNAP_HEADER_LENGTH = 8;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

const IPV4_MIN_LENGTH = 20;
const IPV6_MIN_LENGTH = 40;

/**
 * Writes an IP packet as a datagram_section (EN 301 192 section 7.1) at the start of `into`, which has 4,096 bytes.
 *
 * @param view of the same memory as `into`
 * @returns the bytes of the section
 * @throws TransportStreamError when it is no IP packet or longer than a section can hold
 */
export function writeDatagramSection(into: Uint8Array, view: DataView, ipPacket: Uint8Array): number {
  const version = ipPacket.length === 0 ? 0 : ipPacket[0]! >> 4;
  const shortest = version === 4 ? IPV4_MIN_LENGTH : version === 6 ? IPV6_MIN_LENGTH : Infinity;
  if (ipPacket.length < shortest) {
    throw new TransportStreamError(
      `A transport stream carries IPv4 and IPv6 packets; these ${ipPacket.length} bytes are neither.`,
    );
  }
  if (ipPacket.length > MAX_IP_PACKET_LENGTH) {
    throw new TransportStreamError(
      `A section of a transport stream holds IP packets of ${MAX_IP_PACKET_LENGTH} bytes, this one has ${ipPacket.length}; send with a smaller MTU.`,
    );
  }
  const length = DATAGRAM_OFFSET + ipPacket.length + CRC_LENGTH;
  into[0] = TableId.datagram;
  view.setUint16(1, SYNTAX_AND_RESERVED | (length - SECTION_HEADER_LENGTH));
  into[5] = PLAIN_FLAGS;
  into[6] = 0; // section_number
  into[7] = 0; // last_section_number
  writeMacAddress(into, ipPacket, version);
  into.set(ipPacket, DATAGRAM_OFFSET);
  writeCrc(view, length);
  return length;
}

/**
 * Writes the MAC address of the packet's destination: groups as RFC 1112 section 6.4 and RFC 2464 section 7 map
 * them. There is no way to ask for the address of a host, so the rest goes to all receivers.
 *
 * MAC_address_1 is the byte that Ethernet sends first. A section has MAC_address_6 and 5 in its bytes 3 and 4, and
 * MAC_address_4 to 1 in its bytes 8 to 11.
 */
function writeMacAddress(into: Uint8Array, ip: Uint8Array, version: number): void {
  if (version === 4 && ip[16]! >> 4 === 0xe) {
    setMacAddress(into, 0x01, 0x00, 0x5e, ip[17]! & 0x7f, ip[18]!, ip[19]!);
  } else if (version === 6 && ip[24] === 0xff) {
    setMacAddress(into, 0x33, 0x33, ip[36]!, ip[37]!, ip[38]!, ip[39]!);
  } else {
    setMacAddress(into, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  }
}

function setMacAddress(
  into: Uint8Array,
  mac1: number,
  mac2: number,
  mac3: number,
  mac4: number,
  mac5: number,
  mac6: number,
): void {
  into[3] = mac6;
  into[4] = mac5;
  into[8] = mac4;
  into[9] = mac3;
  into[10] = mac2;
  into[11] = mac1;
}

/** Why a section gives no IP packet; the names are those of `TransportStreamCounters`. */
export type SectionRefusal = 'scrambled' | 'fragments' | 'otherPackets' | 'malformed';

/**
 * Where the IP packet of an intact datagram_section begins; it ends before the last four bytes of the section, with
 * stuffing behind it perhaps. The MAC address is not looked at: UDP receivers choose by IP address and port.
 */
export function locateIpPacket(
  bytes: Uint8Array,
  at: number,
  length: number,
): { readonly offset: number; readonly end: number } | SectionRefusal {
  const end = at + length - CRC_LENGTH;
  const offset = at + DATAGRAM_OFFSET;
  if (offset >= end) return 'malformed';
  const flags = bytes[at + 5]!;
  if ((flags & PAYLOAD_SCRAMBLING) !== 0) return 'scrambled';
  // a datagram in several sections
  if (bytes[at + 7] !== 0) return 'fragments';
  if ((flags & LLC_SNAP) === 0) return { offset, end };
  if (offset + SNAP_HEADER_LENGTH > end) return 'malformed';
  const etherType = (bytes[offset + 6]! << 8) | bytes[offset + 7]!;
  const ip = etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6;
  if (!ip || SNAP_HEADER.some((byte, i) => bytes[offset + i] !== byte)) return 'otherPackets';
  return { offset: offset + SNAP_HEADER_LENGTH, end };
}
