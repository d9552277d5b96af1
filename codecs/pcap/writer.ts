import { fromHex } from '../bytes.js';
import { parseAddress } from '../net/address.js';
import { PcapError } from './error.js';
import {
  FILE_HEADER_LENGTH,
  LinkType,
  MAGIC_NANOSECONDS,
  MAX_RECORD_BYTES,
  RECORD_HEADER_LENGTH,
} from './format.js';
import { foldSum, sumPseudoHeader, sumWords } from './packet/checksum.js';

/** Link types that are written: raw IP, or Ethernet for tools that replay onto a network. */
export type WrittenLinkType = typeof LinkType.raw | typeof LinkType.ethernet;

/** Where datagrams come from and go to. Both addresses are IPv4 or both IPv6; ports are 0..65535. */
export interface UdpFlow {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Ethernet address that frames go to, `02:00:00:00:00:01`; by default that of the group, or broadcast. */
  readonly mac?: string | undefined;
}

/** Writes the datagrams of one flow as records. */
export interface PcapFlowWriter {
  /** Bytes of a record with a payload of this many bytes. */
  recordLength(payloadLength: number): number;
  /**
   * Writes a record at `offset` and returns the offset behind it.
   *
   * @param timestampNs nanoseconds since 1970, below 2^32 seconds
   * @throws PcapError when the payload or the time does not fit its fields, RangeError when `into` is too short
   */
  write(into: Uint8Array, offset: number, timestampNs: bigint, payload: Uint8Array): number;
}

const ETHERNET_HEADER_LENGTH = 14;
const UDP_HEADER_LENGTH = 8;
const PROTOCOL_UDP = 17;
const HOP_LIMIT = 64;
const DONT_FRAGMENT = 0x4000;
const MAX_UINT16 = 0xffff;

/** The file header (24 bytes): little-endian, nanoseconds. */
export function pcapHeader(linkType: WrittenLinkType = LinkType.raw): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_LENGTH);
  const view = new DataView(header.buffer);
  view.setUint32(0, MAGIC_NANOSECONDS, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, MAX_RECORD_BYTES, true);
  view.setUint32(20, linkType, true);
  return header;
}

/** One record in memory of its own. For many records of one flow, `createPcapFlow` is faster. @throws PcapError */
export function pcapRecord(
  datagram: UdpFlow & { readonly timestampNs: bigint; readonly payload: Uint8Array },
  linkType: WrittenLinkType = LinkType.raw,
): Uint8Array {
  const flow = createPcapFlow(datagram, linkType);
  const record = new Uint8Array(flow.recordLength(datagram.payload.length));
  flow.write(record, 0, datagram.timestampNs, datagram.payload);
  return record;
}

/**
 * Prepares the headers that all datagrams of a flow share (RFC 791 or RFC 8200, and RFC 768).
 *
 * @throws PcapError when the addresses or ports are not usable
 */
export function createPcapFlow(flow: UdpFlow, linkType: WrittenLinkType = LinkType.raw): PcapFlowWriter {
  const source = parseAddress(flow.source);
  const destination = parseAddress(flow.destination);
  if (source.length !== destination.length) {
    throw new PcapError(
      `Source ${flow.source} and destination ${flow.destination} must both be IPv4 or both be IPv6.`,
    );
  }
  requirePort('source', flow.sourcePort);
  requirePort('destination', flow.destinationPort);
  const version4 = source.length === 4;
  const ethernet = linkType === LinkType.ethernet ? ethernetHeader(destination, flow.mac) : new Uint8Array(0);
  const ip = version4 ? ipv4Header(source, destination) : ipv6Header(source, destination);
  const headerLength = ethernet.length + ip.length + UDP_HEADER_LENGTH;
  const ipView = new DataView(ip.buffer);
  const ipSum = sumWords(ipView, 0, ip.length);
  const addressesAt = version4 ? 12 : 8;
  const addressSum = sumPseudoHeader(ipView, addressesAt, addressesAt + source.length, source.length, 0);
  // An IPv4 length counts its header, an IPv6 length does not.
  const maxPayload = MAX_UINT16 - UDP_HEADER_LENGTH - (version4 ? ip.length : 0);

  let into: Uint8Array | undefined;
  let view = ipView;

  return {
    recordLength: (payloadLength) => RECORD_HEADER_LENGTH + headerLength + payloadLength,
    write(target, offset, timestampNs, payload) {
      if (payload.length > maxPayload) {
        throw new PcapError(`A UDP payload has at most ${maxPayload} bytes here, not ${payload.length}.`);
      }
      if (target !== into) {
        into = target;
        view = new DataView(target.buffer, target.byteOffset, target.byteLength);
      }
      const captured = headerLength + payload.length;
      writeRecordHeader(view, offset, timestampNs, captured);
      const ipAt = offset + RECORD_HEADER_LENGTH + ethernet.length;
      target.set(ethernet, offset + RECORD_HEADER_LENGTH);
      target.set(ip, ipAt);
      const udpAt = ipAt + ip.length;
      target.set(payload, udpAt + UDP_HEADER_LENGTH);

      const udpLength = UDP_HEADER_LENGTH + payload.length;
      if (version4) {
        const totalLength = ip.length + udpLength;
        view.setUint16(ipAt + 2, totalLength);
        view.setUint16(ipAt + 10, ~foldSum(ipSum + totalLength));
      } else {
        view.setUint16(ipAt + 4, udpLength);
      }
      view.setUint16(udpAt, flow.sourcePort);
      view.setUint16(udpAt + 2, flow.destinationPort);
      view.setUint16(udpAt + 4, udpLength);
      view.setUint16(udpAt + 6, 0);
      const sum = addressSum + udpLength + sumWords(view, udpAt, udpLength);
      // RFC 768: a checksum of zero is sent as all ones, zero means that there is none.
      view.setUint16(udpAt + 6, ~foldSum(sum) & MAX_UINT16 || MAX_UINT16);
      return udpAt + udpLength;
    },
  };
}

function writeRecordHeader(view: DataView, offset: number, timestampNs: bigint, captured: number): void {
  const seconds = Number(timestampNs / 1_000_000_000n);
  if (timestampNs < 0n || seconds > 0xffff_ffff) {
    throw new PcapError(`The time ${timestampNs} ns does not fit a pcap record; it holds 1970 to 2106.`);
  }
  view.setUint32(offset, seconds, true);
  view.setUint32(offset + 4, Number(timestampNs % 1_000_000_000n), true);
  view.setUint32(offset + 8, captured, true);
  view.setUint32(offset + 12, captured, true);
}

function requirePort(name: string, port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > MAX_UINT16) {
    throw new PcapError(`The ${name} port is a whole number from 0 to 65535, not ${port}.`);
  }
}

/** RFC 791 section 3.1, total length and checksum zero; no fragment, so the identification is free (RFC 6864). */
function ipv4Header(source: Uint8Array, destination: Uint8Array): Uint8Array {
  const header = new Uint8Array(20);
  const view = new DataView(header.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, HOP_LIMIT);
  view.setUint8(9, PROTOCOL_UDP);
  header.set(source, 12);
  header.set(destination, 16);
  return header;
}

/** RFC 8200 section 3, payload length zero. */
function ipv6Header(source: Uint8Array, destination: Uint8Array): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  header[6] = PROTOCOL_UDP;
  header[7] = HOP_LIMIT;
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** The six bytes of an Ethernet address, `02:00:00:00:00:01`. @throws PcapError */
export function parseMac(text: string): Uint8Array {
  if (/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return fromHex(text.replaceAll(/[:-]/g, ''));
  throw new PcapError(`"${text.slice(0, 20)}" is no Ethernet address; give one such as 02:00:00:00:00:01.`);
}

/** Groups as RFC 1112 section 6.4 and RFC 2464 section 7 map them; there is no way to ask for the address of a host: broadcast. */
function ethernetHeader(destination: Uint8Array, mac: string | undefined): Uint8Array {
  const header = new Uint8Array(ETHERNET_HEADER_LENGTH);
  const version4 = destination.length === 4;
  if (mac !== undefined) {
    header.set(parseMac(mac), 0);
  } else if (version4 && destination[0]! >> 4 === 0xe) {
    header.set([0x01, 0x00, 0x5e, destination[1]! & 0x7f, destination[2]!, destination[3]!]);
  } else if (!version4 && destination[0] === 0xff) {
    header.set([0x33, 0x33, ...destination.subarray(12)]);
  } else {
    header.fill(0xff, 0, 6);
  }
  header.set([0x02, 0, 0, 0, 0, 0x01], 6);
  header.set(version4 ? [0x08, 0x00] : [0x86, 0xdd], 12);
  return header;
}
