import { HEADER_LENGTH, PACKET_LENGTH, STUFFING_BYTE, SYNC_BYTE } from '../format.js';
import { writePcr } from '../pes/timestamps.js';

const ADAPTATION_ALONE = 0x20;
const DISCONTINUITY = 0x80;
const PCR_FLAG = 0x10;
/** The byte of a packet that ends program_clock_reference_base. */
export const PCR_BASE_END = 10;

/**
 * A packet without a payload (ISO/IEC 13818-1 section 2.4.3.4).
 *
 * @param continuity of the last packet of the PID that had one
 */
function adaptationPacket(pid: number, continuity: number, flags: number): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH).fill(STUFFING_BYTE);
  packet.set([SYNC_BYTE, pid >> 8, pid & 0xff, ADAPTATION_ALONE | continuity]);
  packet.set([PACKET_LENGTH - HEADER_LENGTH - 1, flags], HEADER_LENGTH);
  return packet;
}

/** Says that the continuity counter and the clock of a PID need not go on (discontinuity_indicator). */
export function discontinuityPacket(pid: number, continuity: number): Uint8Array {
  return adaptationPacket(pid, continuity, DISCONTINUITY);
}

/** A PCR alone. @param position packets of the stream before this one */
export function pcrPacket(pid: number, continuity: number, position: number, tsRate: number): Uint8Array {
  const packet = adaptationPacket(pid, continuity, PCR_FLAG);
  writePcr(packet, HEADER_LENGTH + 2, (position * PACKET_LENGTH + PCR_BASE_END) * 8, tsRate);
  return packet;
}
