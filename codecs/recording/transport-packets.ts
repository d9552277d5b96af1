import { PACKET_LENGTH, SYNC_BYTE } from '../mpegts/index.js';

/** Sync bytes in a row that make a stream certain (ETSI TR 101 290 section 5.2.1). */
const SYNC_PACKETS = 5;

/** Of RTP (RFC 3550 section 5.1). */
const RTP_HEADER_LENGTH = 12;
const RTP_VERSION = 2;
const RTP_PADDING = 0x20;
const RTP_EXTENSION = 0x10;

/**
 * The bytes of a transport stream that a UDP payload consists of: whole packets, behind an RTP header perhaps (RFC 2250
 * section 2); undefined when it carries something else. Some programs fill datagrams without regard to packets: then five
 * sync bytes tell, and the first and last packet may be torn.
 */
export function transportPacketsIn(payload: Uint8Array): Uint8Array | undefined {
  if (isWholePackets(payload)) return payload;
  const carried = rtpPayload(payload);
  if (carried !== undefined && isWholePackets(carried)) return carried;
  return isTornPackets(payload) ? payload : undefined;
}

function isWholePackets(bytes: Uint8Array): boolean {
  return bytes.length % PACKET_LENGTH === 0 && syncBytes(bytes, 0) > 0;
}

function isTornPackets(bytes: Uint8Array): boolean {
  const last = Math.min(PACKET_LENGTH, bytes.length - (SYNC_PACKETS - 1) * PACKET_LENGTH);
  for (let at = 0; at < last; at++) {
    if (bytes[at] === SYNC_BYTE && syncBytes(bytes, at) >= SYNC_PACKETS) return true;
  }
  return false;
}

/** How many packets begin from `first` on, up to the end; 0 when one of them has no sync byte. */
function syncBytes(bytes: Uint8Array, first: number): number {
  let count = 0;
  for (let at = first; at < bytes.length; at += PACKET_LENGTH, count++) {
    if (bytes[at] !== SYNC_BYTE) return 0;
  }
  return count;
}

/** What an RTP packet carries; undefined for what is none. */
export function rtpPayload(packet: Uint8Array): Uint8Array | undefined {
  const flags = packet[0]!;
  if (packet.length < RTP_HEADER_LENGTH || flags >> 6 !== RTP_VERSION) return undefined;
  let start = RTP_HEADER_LENGTH + 4 * (flags & 0x0f);
  if ((flags & RTP_EXTENSION) !== 0) {
    if (start + 4 > packet.length) return undefined;
    start += 4 + 4 * ((packet[start + 2]! << 8) | packet[start + 3]!);
  }
  const end = packet.length - ((flags & RTP_PADDING) === 0 ? 0 : packet[packet.length - 1]!);
  return start <= end ? packet.subarray(start, end) : undefined;
}
