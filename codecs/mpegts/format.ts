/** Numbers of ISO/IEC 13818-1 (transport stream), EN 300 468 (service information) and EN 301 192 (data broadcast). */

/** Bytes of a transport packet, its header of four included (ISO/IEC 13818-1 section 2.4.3.2). */
export const PACKET_LENGTH = 188;
export const HEADER_LENGTH = 4;
export const SYNC_BYTE = 0x47;
/** Second byte of a packet. */
export const PAYLOAD_UNIT_START = 0x40;
/** Fourth byte of a packet: a payload and no adaptation field. */
export const PAYLOAD_ONLY = 0x10;
export const STUFFING_BYTE = 0xff;

export const PIDS = 8192;
export const PAT_PID = 0x0000;
export const SDT_PID = 0x0011;
export const NULL_PID = 0x1fff;
/** Cable modems take it for theirs (ITU-T J.222.1), and so do tools. */
export const DOCSIS_PID = 0x1ffe;
/** The lowest PID that a multiplex may give to a service (EN 300 468 section 5.1.3). */
export const FIRST_FREE_PID = 0x0020;

export const TableId = {
  /** program_association_section */
  pat: 0x00,
  /** TS_program_map_section */
  pmt: 0x02,
  /** datagram_section */
  datagram: 0x3e,
  /** service_description_section, actual transport stream */
  sdt: 0x42,
} as const;

/** Bytes of the longest section: section_length may say 4,093. */
export const MAX_SECTION_LENGTH = 4096;
/** Bytes of a section up to and including section_length. */
export const SECTION_HEADER_LENGTH = 3;
export const CRC_LENGTH = 4;

/** stream_type of sections as ISO/IEC 13818-6 type D has them, datagram_section among them. */
export const STREAM_TYPE_SECTIONS = 0x0d;
export const DATA_BROADCAST_ID_DESCRIPTOR = 0x66;
/** data_broadcast_id of multiprotocol encapsulation (ETSI TS 101 162). */
export const MULTIPROTOCOL_ENCAPSULATION = 0x0005;

/** Bytes of a section from its first one on, which must be three at least. */
export function sectionLengthAt(bytes: Uint8Array, at: number): number {
  return SECTION_HEADER_LENGTH + (((bytes[at + 1]! & 0x0f) << 8) | bytes[at + 2]!);
}
