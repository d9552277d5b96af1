import { copyBytes } from '../bytes.js';
import { formatAddress } from '../net/address.js';
import { type IpRefusal, locateUdp } from './ip.js';

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

/** Reads the UDP datagram of the IP packet at `offset`; `view` and `bytes` are of the same memory. */
export type ReadUdp = (
  view: DataView,
  bytes: Uint8Array,
  offset: number,
  end: number,
  timestampNs: bigint,
) => UdpDatagram | IpRefusal;

/** A reader of IP packets that remembers the text of a few addresses. */
export function createUdpReader(): ReadUdp {
  const addressText = createAddressMemo();
  return (view, bytes, offset, end, timestampNs) => {
    const found = locateUdp(view, offset, end);
    if (typeof found === 'string') return found;
    const half = found.addressBytes / 2;
    return {
      timestampNs,
      source: addressText(bytes, found.addresses, half),
      destination: addressText(bytes, found.addresses + half, half),
      sourcePort: view.getUint16(found.udp),
      destinationPort: view.getUint16(found.udp + 2),
      payload: bytes.subarray(found.udp + 8, found.end),
    };
  };
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
