import { concatBytes } from '../../bytes.js';
import { buildMessage, preventEmulation } from '../messages/write.js';

/** A supplemental enhancement information NAL unit with user_data_unregistered (ISO/IEC 14496-10 annex D). */
const SEI_HEADER = [0, 0, 1, 6, 5];
/** rbsp_trailing_bits */
const SEI_END = Uint8Array.of(0x80);

/** A datagram as a NAL unit that stands before the slices of a picture. */
export function seiMessage(datagram: Uint8Array, number: number): Uint8Array {
  const message = buildMessage(datagram, number);
  const size = new Array<number>(Math.floor(message.length / 255)).fill(255);
  const header = Uint8Array.of(...SEI_HEADER, ...size, message.length % 255);
  return concatBytes(header, preventEmulation(message), SEI_END);
}

/** user_data_start_code (ISO/IEC 13818-2 section 6.2.2.2.2) */
const USER_DATA = Uint8Array.of(0, 0, 1, 0xb2);

/** A datagram as user data that stands between the headers and the slices of a picture of MPEG-2. */
export function userDataMessage(datagram: Uint8Array, number: number): Uint8Array {
  return concatBytes(USER_DATA, preventEmulation(buildMessage(datagram, number)));
}

/** A PES payload of DVB subtitles: data_identifier, subtitle_stream_id (EN 300 743 section 7.1). */
export const SUBTITLES_BEGIN = Uint8Array.of(0x20, 0x00);
/** end_of_PES_data_field_marker */
export const SUBTITLES_END = Uint8Array.of(0xff);
const SEGMENT_SYNC = 0x0f;
/** A segment of private data: decoders pass over it. */
const PRIVATE_SEGMENT = 0x81;
export const SUBTITLE_PAGE = 1;

/**
 * A datagram as a subtitling_segment of private data (EN 300 743 section 7.2). The message has a start code before it, which
 * ends a torn one.
 */
export function segmentMessage(datagram: Uint8Array, number: number): Uint8Array {
  const message = concatBytes(Uint8Array.of(0, 0, 1), preventEmulation(buildMessage(datagram, number)));
  const header = Uint8Array.of(SEGMENT_SYNC, PRIVATE_SEGMENT, 0, SUBTITLE_PAGE, 0, 0);
  new DataView(header.buffer).setUint16(4, message.length);
  return concatBytes(header, message);
}
