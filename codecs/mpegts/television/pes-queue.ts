import {
  HEADER_LENGTH,
  PACKET_LENGTH,
  PAYLOAD_ONLY,
  PAYLOAD_UNIT_START,
  STUFFING_BYTE,
  SYNC_BYTE,
} from '../format.js';
import { PCR_LENGTH } from '../pes/timestamps.js';

/** Bytes of a transport packet behind its header. */
export const PAYLOAD_LENGTH = PACKET_LENGTH - HEADER_LENGTH;
/** Bytes that a PCR takes of a packet. */
export const PCR_FIELD_LENGTH = 2 + PCR_LENGTH;

const ADAPTATION_FIELD = 0x20;
const RANDOM_ACCESS = 0x40;
const PCR_FLAG = 0x10;

/** Puts a PCR at a place of a packet. */
export type WritePcr = (packet: Uint8Array, at: number) => void;

/** PES packets of a PID on their way into transport packets (ISO/IEC 13818-1 section 2.4.3.3). */
export interface PesQueue {
  readonly isEmpty: boolean;
  /** PES packets that wait, those among them that are begun included. */
  readonly length: number;
  /** Transport packets that what waits will take, PCRs not counted. */
  readonly packets: number;
  /** @param isKey a decoder can begin here (random_access_indicator) */
  add(pesPacket: Uint8Array, isKey?: boolean): void;
  /**
   * Fills a transport packet with what comes next, or with a PCR alone where nothing waits.
   *
   * @param continuity the continuity counter, which goes on with a packet that has a payload (ISO/IEC 13818-1 section 2.4.3.3)
   */
  write(packet: Uint8Array, continuity: (goesOn: boolean) => number, writePcr?: WritePcr): void;
}

export function createPesQueue(pid: number): PesQueue {
  const waiting: { readonly bytes: Uint8Array; readonly isKey: boolean; at: number }[] = [];

  return {
    get isEmpty() {
      return waiting.length === 0;
    },
    get length() {
      return waiting.length;
    },
    get packets() {
      return waiting.reduce((sum, { bytes, at }) => sum + Math.ceil((bytes.length - at) / PAYLOAD_LENGTH), 0);
    },
    add(bytes, isKey = false) {
      waiting.push({ bytes, isKey, at: 0 });
    },
    write(packet, continuity, writePcr) {
      const next = waiting[0];
      const isFirst = next?.at === 0;
      const flags = (isFirst && next?.isKey ? RANDOM_ACCESS : 0) | (writePcr === undefined ? 0 : PCR_FLAG);
      const field = writePcr === undefined ? (flags === 0 ? 0 : 2) : PCR_FIELD_LENGTH;
      const rest = next === undefined ? 0 : next.bytes.length - next.at;
      const payload = Math.min(rest, PAYLOAD_LENGTH - field);
      const adaptation = PAYLOAD_LENGTH - payload;
      packet[0] = SYNC_BYTE;
      packet[1] = (isFirst ? PAYLOAD_UNIT_START : 0) | (pid >> 8);
      packet[2] = pid & 0xff;
      packet[3] =
        (adaptation > 0 ? ADAPTATION_FIELD : 0) | (payload > 0 ? PAYLOAD_ONLY : 0) | continuity(payload > 0);
      if (adaptation > 0) {
        packet.fill(STUFFING_BYTE, HEADER_LENGTH, HEADER_LENGTH + adaptation);
        packet[HEADER_LENGTH] = adaptation - 1;
        if (adaptation > 1) packet[HEADER_LENGTH + 1] = flags;
        writePcr?.(packet, HEADER_LENGTH + 2);
      }
      if (next === undefined) return;
      packet.set(next.bytes.subarray(next.at, next.at + payload), HEADER_LENGTH + adaptation);
      next.at += payload;
      if (next.at === next.bytes.length) waiting.shift();
    },
  };
}
