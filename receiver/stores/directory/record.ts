import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { readUint, writeUint } from '../../../codecs/bytes.js';

/**
 * A record of a journal, all numbers big-endian:
 *
 *     0  mark, by which a record is found behind one that is damaged
 *     4  CRC-32 of all that follows (ISO 3309, as in zip and PNG)
 *     8  group
 *    12  bytes of the flow
 *    14  bytes of the datagram
 *    16  flow, UTF-8
 *        datagram
 */
export interface JournalRecord {
  readonly group: number;
  readonly flow: Uint8Array;
  readonly datagram: Uint8Array;
}

export const RECORD_HEADER_BYTES = 16;
const MARK = 0xdc7a10c5;
/** Of a flow and of a datagram. */
export const MAX_PART_BYTES = 2 ** 16 - 1;
export const MAX_RECORD_BYTES = RECORD_HEADER_BYTES + 2 * MAX_PART_BYTES;

/** Writes a record at the start of `into`; returns its length. */
export function writeRecord(into: Uint8Array, { group, flow, datagram }: JournalRecord): number {
  const start = RECORD_HEADER_BYTES + flow.length;
  const end = start + datagram.length;
  writeUint(into, 0, 4, MARK);
  writeUint(into, 8, 4, group);
  writeUint(into, 12, 2, flow.length);
  writeUint(into, 14, 2, datagram.length);
  into.set(flow, RECORD_HEADER_BYTES);
  into.set(datagram, start);
  writeUint(into, 4, 4, crc32(into.subarray(8, end)));
  return end;
}

/** A record and where it stands. */
export interface FoundRecord extends JournalRecord {
  /** Of its datagram. */
  readonly position: number;
  /** Where the next record begins. */
  readonly end: number;
}

const NOTHING = new Uint8Array(0);

/**
 * Reads the record at an offset, as views; undefined when there is no whole and sound one.
 *
 * @param base where `bytes` begins in the file
 */
export function readRecord(bytes: Uint8Array, offset: number, base: number): FoundRecord | undefined {
  const head = offset + RECORD_HEADER_BYTES;
  if (bytes.length < head || readUint(bytes, offset, 4) !== MARK) return undefined;
  const start = head + readUint(bytes, offset + 12, 2);
  const end = start + readUint(bytes, offset + 14, 2);
  if (end > bytes.length) return undefined;
  if (readUint(bytes, offset + 4, 4) !== crc32(bytes.subarray(offset + 8, end))) return undefined;
  const flow = start === head ? NOTHING : bytes.subarray(head, start);
  // a check may be right by chance, or by intent
  if (!isUtf8(flow)) return undefined;
  return {
    group: readUint(bytes, offset + 8, 4),
    flow,
    datagram: bytes.subarray(start, end),
    position: base + start,
    end: base + end,
  };
}

export const MARK_BYTES = new Uint8Array(4);
writeUint(MARK_BYTES, 0, 4, MARK);

/** Where a record may begin, from an offset on; the length when there is no such place. */
export function findRecord(bytes: Uint8Array, offset: number): number {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(MARK_BYTES, offset);
  return found < 0 ? bytes.length : found;
}

export function recordLength({ flow, datagram }: JournalRecord): number {
  return RECORD_HEADER_BYTES + flow.length + datagram.length;
}
