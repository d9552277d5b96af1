/** Transport streams made for tests. */

import { concatBytes } from '../bytes.js';
import { createPcapFlow, type UdpDatagram, type UdpFlow } from '../pcap/index.js';
import { crc32 } from './crc32.js';
import { NULL_PID, PACKET_LENGTH, STUFFING_BYTE, SYNC_BYTE } from './format.js';
import {
  createTransportStreamReader,
  createTransportStreamWriter,
  type TransportStreamOptions,
} from './index.js';
import { buildPat, uint16 } from './psi.js';
import { buildSection } from './section.js';

const RECORD_HEADER_LENGTH = 16;

export const FLOW4: UdpFlow = {
  source: '192.0.2.1',
  destination: '239.129.3.4',
  sourcePort: 4000,
  destinationPort: 4001,
};
export const FLOW6: UdpFlow = { ...FLOW4, source: '2001:db8::1', destination: 'ff15::1234:5678' };

/** The IP packet of a datagram. */
export function ipPacket(payload: Uint8Array, flow: UdpFlow = FLOW4): Uint8Array {
  const writer = createPcapFlow(flow);
  const record = new Uint8Array(writer.recordLength(payload.length));
  writer.write(record, 0, 0n, payload);
  return record.subarray(RECORD_HEADER_LENGTH);
}

/** Bytes that differ for each seed. */
export function bytesOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 167 + seed * 31 + (i >> 8)) & 0xff);
}

/** The transport stream of some payloads, `intervalNs` from one to the next. */
export function streamOf(
  payloads: readonly Uint8Array[],
  options: TransportStreamOptions = {},
  intervalNs = 1_000_000n,
): Uint8Array {
  const writer = createTransportStreamWriter(options);
  const blocks = payloads.flatMap((payload, i) => [
    ...writer.push(ipPacket(payload), BigInt(i) * intervalNs),
  ]);
  return concatBytes(...blocks, writer.end());
}

/** Its packets, each a view. */
export function packetsOf(stream: Uint8Array): Uint8Array[] {
  return Array.from({ length: stream.length / PACKET_LENGTH }, (_, i) =>
    stream.subarray(i * PACKET_LENGTH, (i + 1) * PACKET_LENGTH),
  );
}

export function pidOf(packet: Uint8Array): number {
  return ((packet[1]! & 0x1f) << 8) | packet[2]!;
}

/** The PCR of a packet in ticks of 27 MHz; undefined where it has none. */
export function pcrOf(packet: Uint8Array): bigint | undefined {
  if ((packet[3]! & 0x20) === 0 || packet[4]! < 7 || (packet[5]! & 0x10) === 0) return undefined;
  const value = packet.subarray(6, 12).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return (value >> 15n) * 300n + (value & 0x1ffn);
}

/** Places of packets whose continuity counter does not go on, whether discontinuity_indicator says so or not. */
export function continuityGaps(packets: readonly Uint8Array[]): number[] {
  const last = new Map<number, number>();
  return packets.flatMap((packet, place) => {
    const pid = pidOf(packet);
    if (pid === NULL_PID) return [];
    const counter = packet[3]! & 0x0f;
    const before = last.get(pid);
    last.set(pid, counter);
    if (before === undefined) return [];
    const hasPayload = (packet[3]! & 0x10) !== 0;
    return counter === (hasPayload ? (before + 1) & 0x0f : before) ? [] : [place];
  });
}

/** All datagrams of a stream that comes in chunks of a size. */
export function readStream(stream: Uint8Array, chunkBytes = stream.length) {
  const reader = createTransportStreamReader();
  const datagrams: UdpDatagram[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) {
    datagrams.push(...reader.push(stream.subarray(at, at + chunkBytes)));
  }
  datagrams.push(...reader.end());
  return { datagrams, payloads: datagrams.map(({ payload }) => payload), counters: reader.counters };
}

/** A packet with a payload of up to 184 bytes; an adaptation field of stuffing fills the rest. */
export function packetOf(
  pid: number,
  payload: Uint8Array,
  { unitStart = false, continuity = 0, scrambling = 0 } = {},
): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH).fill(STUFFING_BYTE);
  const adaptation = PACKET_LENGTH - 4 - payload.length;
  packet.set([SYNC_BYTE, (unitStart ? 0x40 : 0) | (pid >> 8), pid & 0xff]);
  packet[3] = (scrambling << 6) | (adaptation > 0 ? 0x30 : 0x10) | continuity;
  if (adaptation > 0) packet[4] = adaptation - 1;
  if (adaptation > 1) packet[5] = 0;
  packet.set(payload, PACKET_LENGTH - payload.length);
  return packet;
}

/** A section in packets of its own. */
export function packetsOfSection(pid: number, section: Uint8Array, firstContinuity = 0): Uint8Array[] {
  const bytes = concatBytes(Uint8Array.of(0), section);
  return Array.from({ length: Math.ceil(bytes.length / 184) }, (_, i) =>
    packetOf(pid, bytes.subarray(i * 184, (i + 1) * 184), {
      unitStart: i === 0,
      continuity: (firstContinuity + i) & 0x0f,
    }),
  );
}

/** Tables, many times, of a programme with elementary streams of these types, from PID 0x100 on. */
export function tablesOf(streamTypes: readonly number[], times = 16): Uint8Array {
  const streams = streamTypes.flatMap((type, i) => [type, ...uint16(0xe100 + i), ...uint16(0xf000)]);
  const body = Uint8Array.of(...uint16(0xffff), ...uint16(0xf000), ...streams);
  const pmt = buildSection({ tableId: 2, secondBit: 0, extension: 1, body });
  const packets = Array.from({ length: times }, (_, i) => [
    ...packetsOfSection(0, buildPat(1, { programNumber: 1, pmtPid: 0x1000 }), i & 15),
    ...packetsOfSection(0x1000, pmt, i & 15),
  ]);
  return concatBytes(...packets.flat());
}

/** The same, and IP packets behind each other in unidirectional lightweight encapsulation (RFC 4326 section 4), one a packet at least. */
export function uleStreamOf(payloads: readonly Uint8Array[]): Uint8Array {
  let continuity = 0;
  const packets = payloads.flatMap((payload) => {
    const packet = ipPacket(payload);
    // no address, length with the CRC, type IPv4
    const unit = concatBytes(Uint8Array.of(...uint16(0x8000 | (packet.length + 4)), 8, 0), packet);
    const sndu = concatBytes(unit, new Uint8Array(4));
    const view = new DataView(sndu.buffer);
    view.setUint32(unit.length, crc32(view, 0, unit.length));
    const unitPackets = packetsOfSection(0x100, sndu, continuity);
    continuity = (continuity + unitPackets.length) & 15;
    return unitPackets;
  });
  return concatBytes(tablesOf([0x91]), ...packets);
}

export function isNull(packet: Uint8Array): boolean {
  return pidOf(packet) === NULL_PID;
}
