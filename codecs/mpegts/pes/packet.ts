import { concatBytes } from '../../bytes.js';
import { PTS_LENGTH, writePts } from './timestamps.js';

/** stream_id (ISO/IEC 13818-1 table 2-22). */
export const StreamId = { privateStream1: 0xbd, audio: 0xc0, video: 0xe0 } as const;

/** Bytes of the header of a PES packet with a PTS. */
export const PES_HEADER_LENGTH = 9 + PTS_LENGTH;
/** The largest PES_packet_length. */
const MAX_PES_LENGTH = 0xffff;
/** '10', not scrambled, data_alignment_indicator. */
const FLAGS = 0x84;
const PTS_ALONE = 0x80;

/**
 * A PES packet with a PTS (ISO/IEC 13818-1 section 2.4.3.6), its payload aligned. Where it is too long for
 * PES_packet_length, that is 0, which video alone may have.
 *
 * @param pts in ticks of 90 kHz
 */
export function buildPesPacket(streamId: number, pts: number, ...payload: Uint8Array[]): Uint8Array {
  const packet = concatBytes(new Uint8Array(PES_HEADER_LENGTH), ...payload);
  const length = packet.length - 6;
  packet.set([0, 0, 1, streamId]);
  new DataView(packet.buffer).setUint16(4, length > MAX_PES_LENGTH ? 0 : length);
  packet.set([FLAGS, PTS_ALONE, PTS_LENGTH], 6);
  writePts(packet, 9, pts);
  return packet;
}

/** The last byte of the start code at a place; 0 where there is none. */
export function startCodeAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 1 ? (bytes[at + 3] ?? 0) : 0;
}

/**
 * Where the payload of the PES packet at `at` begins: ISO/IEC 13818-1 section 2.4.3.6, or ISO/IEC 11172-1 section 2.4.4.3.
 * The place may be behind the end of the bytes.
 */
export function pesPayloadStart(bytes: Uint8Array, at: number): number {
  let start = at + 6;
  if (bytes[start]! >> 6 === 2) return start + 3 + bytes[start + 2]!;
  while (bytes[start] === 0xff && start < at + 22) start++;
  if (bytes[start]! >> 6 === 1) start += 2;
  const timestamps = bytes[start]! >> 4;
  return start + (timestamps === 3 ? 10 : timestamps === 2 ? 5 : 1);
}
