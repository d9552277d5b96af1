import { concatBytes, copyBytes, equalBytes, toHex } from '../../bytes.js';

/** A fragment of an IP packet (RFC 791 section 3.2, RFC 8200 section 4.5). Offsets are those of the memory it lies in. */
export interface IpFragment {
  /** Of the source and of the destination address, each `addressBytes` long. */
  readonly source: number;
  readonly destination: number;
  readonly addressBytes: 4 | 16;
  /** The number that all fragments of the packet have. */
  readonly identification: number;
  /** What the packet carries, as its first fragment says it. */
  readonly protocol: number;
  /** Of the fragment's first byte in the packet, a multiple of 8. */
  readonly position: number;
  readonly more: boolean;
  readonly start: number;
  readonly end: number;
}

/** A packet that was put together: both addresses, then what it carries. */
export interface WholePacket {
  readonly bytes: Uint8Array;
  readonly addressBytes: 4 | 16;
  readonly protocol: number;
  /** Fragments it was put together from. */
  readonly fragments: number;
}

/** RFC 791: the longest packet. */
const MAX_PACKET_BYTES = 65_535;
/** RFC 8200 section 4.5 gives a packet 60 seconds. */
const MAX_TIME_NS = 60_000_000_000n;
/** Packets in work, and memory for them; the oldest make room. */
const MAX_PACKETS = 256;
const MAX_HELD_BYTES = 4 * 2 ** 20;
/** Memory of a fragment besides its bytes, about. */
const OVERHEAD_BYTES = 256;

interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

interface Packet {
  readonly beganNs: bigint;
  /** By position; none when the packet is refused. */
  pieces: Piece[];
  /** The packet's fragments contradict each other: what is yet to come is refused, too. */
  isRefused: boolean;
  /** What is there of it, and of the whole once the last fragment is there. */
  received: number;
  total: number | undefined;
  protocol: number;
}

export interface Reassembly {
  /** Takes a fragment, and gives the packet that it completes. */
  add(fragment: IpFragment, bytes: Uint8Array, timestampNs: bigint): WholePacket | undefined;
}

/** Puts IP packets together. Packets with overlapping fragments are refused (RFC 5722), time and memory are bounded. */
export function createReassembly(): Reassembly {
  const packets = new Map<string, Packet>();
  let held = 0;

  function drop(key: string): void {
    const packet = packets.get(key);
    if (packet === undefined) return;
    empty(packet);
    packets.delete(key);
  }

  function empty(packet: Packet): void {
    for (const { bytes } of packet.pieces) held -= bytes.length + OVERHEAD_BYTES;
    packet.pieces = [];
  }

  function makeRoom(key: string, length: number): void {
    const limit = packets.has(key) ? MAX_PACKETS + 1 : MAX_PACKETS;
    for (const oldest of packets.keys()) {
      if (packets.size < limit && held + length + OVERHEAD_BYTES <= MAX_HELD_BYTES) return;
      if (oldest !== key) drop(oldest);
    }
  }

  return {
    add(fragment, bytes, timestampNs) {
      const { position, more, start, end } = fragment;
      const key = keyOf(fragment, bytes);
      const before = packets.get(key);
      if (before !== undefined && isTooOld(before, timestampNs)) drop(key);
      makeRoom(key, end - start);
      const packet = packets.get(key) ?? begin(timestampNs);
      packets.set(key, packet);
      if (packet.isRefused) return undefined;
      const place = placeOf(packet, fragment, bytes);
      if (place === 'again') return undefined;
      if (place === 'refused') {
        packet.isRefused = true;
        empty(packet);
        return undefined;
      }
      const piece = { position, bytes: copyBytes(bytes, start, end) };
      packet.pieces.splice(place, 0, piece);
      held += piece.bytes.length + OVERHEAD_BYTES;
      packet.received += piece.bytes.length;
      if (!more) packet.total = position + piece.bytes.length;
      if (position === 0) packet.protocol = fragment.protocol;
      if (packet.received !== packet.total) return undefined;
      const whole = wholeOf(packet, fragment, bytes);
      drop(key);
      return whole;
    },
  };
}

function begin(beganNs: bigint): Packet {
  return { beganNs, pieces: [], isRefused: false, received: 0, total: undefined, protocol: -1 };
}

/** Fragments of another packet with the same number; the times of a file may go back. */
function isTooOld({ beganNs }: Packet, timestampNs: bigint): boolean {
  const passed = timestampNs - beganNs;
  return passed > MAX_TIME_NS || passed < -MAX_TIME_NS;
}

/** The index at which a fragment belongs among the pieces. */
function placeOf(
  { pieces, total }: Packet,
  { position, more, start, end }: IpFragment,
  bytes: Uint8Array,
): number | 'again' | 'refused' {
  const behind = position + end - start;
  let place = pieces.length;
  while (place > 0 && pieces[place - 1]!.position >= position) place--;
  const next = pieces[place];
  const previous = pieces[place - 1];
  if (next?.position === position && equalBytes(next.bytes, bytes.subarray(start, end))) return 'again';
  const isAligned = !more || (end - start) % 8 === 0;
  const last = pieces.at(-1);
  const isInside =
    behind <= (total ?? MAX_PACKET_BYTES) &&
    (more || (total === undefined && (last === undefined || last.position < position)));
  const isApart =
    (previous === undefined || previous.position + previous.bytes.length <= position) &&
    (next === undefined || behind <= next.position);
  return end > start && isAligned && isInside && isApart ? place : 'refused';
}

function keyOf(fragment: IpFragment, bytes: Uint8Array): string {
  const { source, destination, addressBytes, identification } = fragment;
  const addresses = concatBytes(
    bytes.subarray(source, source + addressBytes),
    bytes.subarray(destination, destination + addressBytes),
  );
  // RFC 791 counts the protocol in; in IPv6 only the first fragment has to have it
  return `${toHex(addresses)} ${identification} ${addressBytes === 4 ? fragment.protocol : ''}`;
}

function wholeOf({ pieces, protocol }: Packet, fragment: IpFragment, bytes: Uint8Array): WholePacket {
  const { source, destination, addressBytes } = fragment;
  return {
    bytes: concatBytes(
      bytes.subarray(source, source + addressBytes),
      bytes.subarray(destination, destination + addressBytes),
      ...pieces.map((piece) => piece.bytes),
    ),
    addressBytes,
    protocol,
    fragments: pieces.length,
  };
}
