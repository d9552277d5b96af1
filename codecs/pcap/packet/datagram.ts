import { copyBytes } from '../../bytes.js';
import { formatAddress } from '../../net/address.js';
import { countOther, type PacketCounters } from './counters.js';
import { createReassembly, type WholePacket } from './fragments.js';
import { BAD_CHECKSUM, type Located, locateInPayload, locateUdp } from './ip.js';
import { MALFORMED } from './network.js';

/** A UDP datagram of a recording. */
export interface UdpDatagram {
  /** When it was recorded, nanoseconds since 1970; 0 where a recording holds no times. */
  readonly timestampNs: bigint;
  /** IPv4 in dotted form, IPv6 in the form of RFC 5952. */
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** A view of the memory that was read, not a copy. */
  readonly payload: Uint8Array;
}

/**
 * Reads the UDP datagram of the IP packet at `offset`, or the one that is complete with the fragment there, and counts
 * the packet. `view` and `bytes` are of the same memory.
 */
export type ReadUdp = (
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  end: number,
  timestampNs: bigint,
) => UdpDatagram | undefined;

/** A reader of IP packets, which puts fragments together and remembers the text of a few addresses. */
export function createUdpReader(counters: PacketCounters): ReadUdp {
  const addressText = createAddressMemo();
  const reassembly = createReassembly();

  return (view, bytes, offset, end, timestampNs) => {
    let located = locateUdp(view, offset, end);
    let memory = bytes;
    let memoryView = view;
    while (typeof located !== 'string' && located.kind === 'fragment') {
      const packet = reassembly.add(located, memory, timestampNs);
      if (packet === undefined) {
        counters.fragments++;
        return undefined;
      }
      counters.fragments -= packet.fragments - 1;
      counters.reassembled += packet.fragments - 1;
      memory = packet.bytes;
      memoryView = new DataView(memory.buffer);
      located = locateWhole(memoryView, packet, located.depth);
    }
    if (typeof located === 'string') {
      countRefusal(counters, located);
      return undefined;
    }
    counters.datagrams++;
    const { source, destination, addressBytes, udp } = located;
    return {
      timestampNs,
      source: addressText(memory, source, addressBytes),
      destination: addressText(memory, destination, addressBytes),
      sourcePort: memoryView.getUint16(udp),
      destinationPort: memoryView.getUint16(udp + 2),
      payload: memory.subarray(udp + 8, located.end),
    };
  };
}

function locateWhole(view: DataView, { addressBytes, protocol }: WholePacket, depth: number): Located {
  const addresses = { source: 0, destination: addressBytes, addressBytes };
  return locateInPayload(view, protocol, addresses, 2 * addressBytes, view.byteLength, depth + 1);
}

function countRefusal(counters: PacketCounters, refusal: string): void {
  if (refusal === MALFORMED) counters.malformed++;
  else if (refusal === BAD_CHECKSUM) counters.badChecksums++;
  else countOther(counters, refusal);
}

/** Formats addresses, remembering a few: a recording holds many datagrams of few senders. */
function createAddressMemo(): (bytes: Uint8Array, offset: number, length: number) => string {
  const known: { bytes: Uint8Array; text: string }[] = [];
  return (bytes, offset, length) => {
    for (const entry of known) {
      if (entry.bytes.length !== length) continue;
      let i = 0;
      while (i < length && entry.bytes[i] === bytes[offset + i]) i++;
      if (i === length) return entry.text;
    }
    const address = copyBytes(bytes, offset, offset + length);
    const entry = { bytes: address, text: formatAddress(address) };
    if (known.length === 4) known.shift();
    known.push(entry);
    return entry.text;
  };
}
