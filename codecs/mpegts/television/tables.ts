import { concatBytes, utf8Encode } from '../../bytes.js';
import { TableId } from '../format.js';
import { descriptor, uint16 } from '../psi.js';
import { buildSection } from '../section.js';
import { SUBTITLE_PAGE } from './messages.js';
import type { VideoCoding } from './slate.js';

/** stream_type (ISO/IEC 13818-1 table 2-34). */
const StreamType = { mpeg2: 0x02, audio: 0x03, privatePes: 0x06, h264: 0x1b } as const;
const SUBTITLING_DESCRIPTOR = 0x59;
/** DVB subtitles for any aspect ratio (EN 300 468 table 26). */
const DVB_SUBTITLES = 0x10;
/** No linguistic content (ISO 639-2): nobody chooses it. */
const LANGUAGE = 'zxx';

/** The PIDs of a television service. */
export interface TelevisionPids {
  readonly pmt: number;
  readonly video: number;
  readonly audio: number;
  /** Of the subtitles that carry datagrams, where they do. */
  readonly subtitles: number;
}

/**
 * The program map table of a television service (ISO/IEC 13818-1 section 2.4.4.8): video with the PCR, MPEG audio, and DVB
 * subtitles where datagrams are carried by them (EN 300 468 section 6.2.42).
 */
export function buildTelevisionPmt(
  programNumber: number,
  { video, audio, subtitles }: TelevisionPids,
  hasSubtitles: boolean,
  coding: VideoCoding = 'h264',
): Uint8Array {
  const stream = (type: number, pid: number, descriptors: Uint8Array = new Uint8Array(0)) =>
    concatBytes(
      Uint8Array.of(type, ...uint16(0xe000 | pid), ...uint16(0xf000 | descriptors.length)),
      descriptors,
    );
  const subtitling = concatBytes(
    utf8Encode(LANGUAGE),
    Uint8Array.of(DVB_SUBTITLES, ...uint16(SUBTITLE_PAGE), ...uint16(SUBTITLE_PAGE)),
  );
  const body = concatBytes(
    Uint8Array.of(...uint16(0xe000 | video), ...uint16(0xf000)),
    stream(StreamType[coding], video),
    stream(StreamType.audio, audio),
    ...(hasSubtitles
      ? [stream(StreamType.privatePes, subtitles, descriptor(SUBTITLING_DESCRIPTOR, subtitling))]
      : []),
  );
  return buildSection({ tableId: TableId.pmt, secondBit: 0, extension: programNumber, body });
}
