import { crc32 } from './crc32.js';
import { CRC_LENGTH } from './format.js';

/** Bytes before the body of a section with section_syntax_indicator 1. */
const LONG_HEADER_LENGTH = 8;

export interface SectionFields {
  readonly tableId: number;
  /** The bit behind section_syntax_indicator: 0 in ISO/IEC 13818-1, 1 in EN 300 468. */
  readonly secondBit: 0 | 1;
  /** table_id_extension, 16 bits: transport_stream_id or program_number. */
  readonly extension: number;
  readonly body: Uint8Array;
  /** section_number and last_section_number; 0 and 0 unless given. */
  readonly place?: SectionPlace;
}

/** Which section of a table it is. */
export interface SectionPlace {
  readonly number: number;
  readonly last: number;
}

const ALONE: SectionPlace = { number: 0, last: 0 };

/** A section of a table, version 0, in force now (ISO/IEC 13818-1 section 2.4.4.11). */
export function buildSection({
  tableId,
  secondBit,
  extension,
  body,
  place = ALONE,
}: SectionFields): Uint8Array {
  const section = new Uint8Array(LONG_HEADER_LENGTH + body.length + CRC_LENGTH);
  const view = new DataView(section.buffer);
  section[0] = tableId;
  view.setUint16(1, 0xb000 | (secondBit << 14) | (section.length - 3));
  view.setUint16(3, extension);
  section[5] = 0xc1; // reserved, version_number 0, current_next_indicator
  section.set([place.number, place.last], 6);
  section.set(body, LONG_HEADER_LENGTH);
  writeCrc(view, section.length);
  return section;
}

/** Writes CRC_32 at the end of the section of `length` bytes that begins at 0. */
export function writeCrc(view: DataView, length: number): void {
  view.setUint32(length - CRC_LENGTH, crc32(view, 0, length - CRC_LENGTH));
}
