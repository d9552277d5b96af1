import { concatBytes } from '../bytes.js';
import {
  CRC_LENGTH,
  DATA_BROADCAST_ID_DESCRIPTOR,
  MULTIPROTOCOL_ENCAPSULATION,
  NULL_PID,
  STREAM_TYPE_SECTIONS,
  TableId,
} from './format.js';
import { buildSection } from './section.js';

const STREAM_IDENTIFIER_DESCRIPTOR = 0x52;
/** Where the loops of program_association_section and of TS_program_map_section begin. */
const PAT_LOOP = 8;
const PMT_PROGRAM_INFO_LENGTH = 10;

/** A programme and the PID of its program map table. */
export interface ProgrammeMap {
  readonly programNumber: number;
  readonly pmtPid: number;
}

/** The program association table (ISO/IEC 13818-1 section 2.4.4.3). */
export function buildPat(transportStreamId: number, ...programmes: readonly ProgrammeMap[]): Uint8Array {
  const body = Uint8Array.from(
    programmes.flatMap(({ programNumber, pmtPid }) => [...uint16(programNumber), ...uint16(0xe000 | pmtPid)]),
  );
  return buildSection({ tableId: TableId.pat, secondBit: 0, extension: transportStreamId, body });
}

/**
 * The program map table of a service that is multiprotocol encapsulation alone (ISO/IEC 13818-1 section 2.4.4.8;
 * EN 301 192 section 7.2): stream_identifier_descriptor and data_broadcast_id_descriptor.
 *
 * @param componentTag names the stream in the service description, 0..255
 * @param pcrPid there is no PCR unless it is given
 */
export function buildPmt(
  programNumber: number,
  dataPid: number,
  componentTag: number,
  pcrPid: number = NULL_PID,
): Uint8Array {
  const descriptors = concatBytes(
    descriptor(STREAM_IDENTIFIER_DESCRIPTOR, Uint8Array.of(componentTag)),
    descriptor(DATA_BROADCAST_ID_DESCRIPTOR, Uint8Array.of(...uint16(MULTIPROTOCOL_ENCAPSULATION))),
  );
  const body = concatBytes(
    Uint8Array.of(...uint16(0xe000 | pcrPid), ...uint16(0xf000)),
    Uint8Array.of(STREAM_TYPE_SECTIONS, ...uint16(0xe000 | dataPid), ...uint16(0xf000 | descriptors.length)),
    descriptors,
  );
  return buildSection({ tableId: TableId.pmt, secondBit: 0, extension: programNumber, body });
}

/** A descriptor of at most 255 bytes of content. */
export function descriptor(tag: number, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(tag, content.length), content);
}

/** The two bytes of a number, big-endian. */
export function uint16(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

/** The PIDs of the program map tables that an intact program_association_section of `length` bytes names. */
export function programMapPids(bytes: Uint8Array, at: number, length: number): number[] {
  const pids: number[] = [];
  const end = at + length - CRC_LENGTH;
  for (let entry = at + PAT_LOOP; entry + 4 <= end; entry += 4) {
    // programme 0 is the network information table
    if (bytes[entry] !== 0 || bytes[entry + 1] !== 0) pids.push(pidAt(bytes, entry + 2));
  }
  return pids;
}

/** What carries datagram_section. */
export const DATAGRAM_STREAM = 'multiprotocol encapsulation';
/** Data that is not read here. */
const ULE = 'ULE (RFC 4326)';
const CAROUSEL = 'data carousel';

/** What elementary streams carry, by stream_type (ISO/IEC 13818-1 table 2-34; 0x81 and 0x87 of ATSC; 0x91 of RFC 4326). */
const STREAM_TYPES = new Map([
  ...[0x01, 0x02, 0x10, 0x1b, 0x24, 0x33].map((type) => [type, 'video'] as const),
  ...[0x03, 0x04, 0x0f, 0x11, 0x81, 0x87].map((type) => [type, 'sound'] as const),
  [0x06, 'private data'],
  [0x0b, CAROUSEL],
  [STREAM_TYPE_SECTIONS, DATAGRAM_STREAM],
  [0x91, ULE],
]);

/** True for a kind of elementary stream that has data for computers in it, and is not read here. */
export function isUnreadStream(kind: string): boolean {
  return kind === ULE || kind === CAROUSEL;
}

/** An elementary stream of a programme. */
export interface ElementaryStream {
  readonly pid: number;
  /** In words. */
  readonly kind: string;
}

/** The elementary streams that an intact TS_program_map_section of `length` bytes names. */
export function elementaryStreams(bytes: Uint8Array, at: number, length: number): ElementaryStream[] {
  const streams: ElementaryStream[] = [];
  const end = at + length - CRC_LENGTH;
  if (at + PMT_PROGRAM_INFO_LENGTH + 2 > end) return streams;
  let entry = at + PMT_PROGRAM_INFO_LENGTH + 2 + length12At(bytes, at + PMT_PROGRAM_INFO_LENGTH);
  while (entry + 5 <= end) {
    const descriptors = entry + 5;
    const next = descriptors + length12At(bytes, entry + 3);
    const type = bytes[entry]!;
    const kind = announcesDatagrams(bytes, descriptors, Math.min(next, end))
      ? DATAGRAM_STREAM
      : (STREAM_TYPES.get(type) ?? `stream_type 0x${type.toString(16).padStart(2, '0')}`);
    streams.push({ pid: pidAt(bytes, entry + 1), kind });
    entry = next;
  }
  return streams;
}

function announcesDatagrams(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at + 4 <= end) {
    const id = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    if (bytes[at] === DATA_BROADCAST_ID_DESCRIPTOR && bytes[at + 1]! >= 2) {
      if (id === MULTIPROTOCOL_ENCAPSULATION) return true;
    }
    at += 2 + bytes[at + 1]!;
  }
  return false;
}

/** A PID in the low 13 bits of two bytes. */
export function pidAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x1f) << 8) | bytes[at + 1]!;
}

function length12At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! & 0x0f) << 8) | bytes[at + 1]!;
}
