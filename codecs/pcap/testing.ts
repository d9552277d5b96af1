/** Recordings of any kind, for tests. */

import { concatBytes } from '../bytes.js';
import { createPcapReader, pcapRecord, type UdpFlow } from './index.js';

export const FLOW4: UdpFlow = {
  source: '192.0.2.1',
  destination: '239.255.1.2',
  sourcePort: 4000,
  destinationPort: 40085,
};
export const FLOW6: UdpFlow = {
  source: '2001:db8::1',
  destination: 'ff15::1234',
  sourcePort: 65535,
  destinationPort: 1,
};
export const TIME = 1_700_000_000_123_456_789n;

export function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 167 + seed * 31 + (i >> 8)) & 0xff);
}

/** Reads recordings, given in pieces. */
export function readAll(...chunks: Uint8Array[]) {
  const reader = createPcapReader();
  const datagrams = chunks.flatMap((chunk) => reader.push(chunk));
  datagrams.push(...reader.end());
  return { datagrams, counters: reader.counters };
}

/** A classic pcap file of frames of any link type, in the byte order given. */
export function fileOf(
  linkType: number,
  frames: readonly Uint8Array[],
  littleEndian = true,
  magic = 0xa1b2c3d4,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, magic, littleEndian);
  header.setUint16(4, 2, littleEndian);
  header.setUint16(6, 4, littleEndian);
  header.setUint32(16, 65535, littleEndian);
  header.setUint32(20, linkType, littleEndian);
  const records = frames.map((frame) => {
    const record = new DataView(new ArrayBuffer(16));
    record.setUint32(0, 5, littleEndian);
    record.setUint32(4, 7, littleEndian);
    record.setUint32(8, frame.length, littleEndian);
    record.setUint32(12, frame.length, littleEndian);
    return concatBytes(new Uint8Array(record.buffer), frame);
  });
  return concatBytes(new Uint8Array(header.buffer), ...records);
}

/** The IP packet of a datagram, without any link layer. */
export function packet(flow: UdpFlow, payload: Uint8Array): Uint8Array {
  return pcapRecord({ ...flow, timestampNs: TIME, payload }).subarray(16);
}

/** A fragment of an IPv4 packet without options: the bytes of its payload from `position` on. */
export function fragment4(whole: Uint8Array, position: number, length: number, id = 7): Uint8Array {
  const payload = whole.subarray(20 + position, 20 + position + length);
  const fragment = concatBytes(whole.subarray(0, 20), payload);
  const view = new DataView(fragment.buffer);
  const more = 20 + position + length < whole.length ? 0x2000 : 0;
  view.setUint16(2, fragment.length);
  view.setUint16(4, id);
  view.setUint16(6, more | (position / 8));
  view.setUint16(10, 0);
  return fragment;
}

/** The same of an IPv6 packet without extension headers. */
export function fragment6(whole: Uint8Array, position: number, length: number, id = 7): Uint8Array {
  const payload = whole.subarray(40 + position, 40 + position + length);
  const fragment = concatBytes(whole.subarray(0, 40), new Uint8Array(8), payload);
  const view = new DataView(fragment.buffer);
  view.setUint16(4, 8 + payload.length);
  view.setUint8(6, 44);
  view.setUint8(40, 17);
  view.setUint16(42, position | (40 + position + length < whole.length ? 1 : 0));
  view.setUint32(44, id);
  return fragment;
}

function padded(bytes: Uint8Array): Uint8Array {
  return concatBytes(bytes, new Uint8Array((4 - (bytes.length % 4)) % 4));
}

/** Fields of 2, 4 or 8 bytes, as `[bytes, value]`. */
function fields(
  littleEndian: boolean,
  ...values: readonly (readonly [2 | 4 | 8, number | bigint])[]
): Uint8Array {
  const parts = values.map(([length, value]) => {
    const view = new DataView(new ArrayBuffer(length));
    if (length === 2) view.setUint16(0, Number(value), littleEndian);
    else if (length === 4) view.setUint32(0, Number(value), littleEndian);
    else view.setBigUint64(0, BigInt(value), littleEndian);
    return new Uint8Array(view.buffer);
  });
  return concatBytes(...parts);
}

export type PcapngWriter = ReturnType<typeof pcapngWriter>;

/** Writes the blocks of pcapng files in a byte order. */
export function pcapngWriter(littleEndian: boolean) {
  const block = (type: number, ...body: Uint8Array[]): Uint8Array => {
    const content = padded(concatBytes(...body));
    const length = fields(littleEndian, [4, content.length + 12]);
    return concatBytes(fields(littleEndian, [4, type]), length, content, length);
  };
  const option = (code: number, value: Uint8Array) =>
    concatBytes(fields(littleEndian, [2, code], [2, value.length]), padded(value));
  const stamp = (units: bigint) => fields(littleEndian, [4, units >> 32n], [4, units & 0xffff_ffffn]);
  return {
    block,
    option,
    section: (...options: Uint8Array[]) =>
      block(
        0x0a0d0d0a,
        fields(littleEndian, [4, 0x1a2b3c4d], [2, 1], [2, 0], [8, 0xffff_ffff_ffff_ffffn]),
        ...options,
      ),
    interface: (linkType: number, { snap = 0, options = [] as readonly Uint8Array[] } = {}) =>
      block(1, fields(littleEndian, [2, linkType], [2, 0], [4, snap]), ...options),
    resolution: (value: number) => option(9, Uint8Array.of(value)),
    offset: (seconds: bigint) => option(14, fields(littleEndian, [8, BigInt.asUintN(64, seconds)])),
    enhanced: (id: number, units: bigint, frame: Uint8Array, ...options: Uint8Array[]) =>
      block(
        6,
        ...[
          fields(littleEndian, [4, id]),
          stamp(units),
          fields(littleEndian, [4, frame.length], [4, frame.length]),
        ],
        ...[padded(frame), ...options],
      ),
    obsolete: (id: number, units: bigint, frame: Uint8Array) =>
      block(
        2,
        ...[fields(littleEndian, [2, id], [2, 0]), stamp(units)],
        ...[fields(littleEndian, [4, frame.length], [4, frame.length]), frame],
      ),
    simple: (frame: Uint8Array, original = frame.length) =>
      block(3, fields(littleEndian, [4, original]), frame),
  };
}
