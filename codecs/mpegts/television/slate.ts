import { concatBytes } from '../../bytes.js';
import { TransportStreamError } from '../error.js';

/** NAL unit types (ISO/IEC 14496-10 table 7-1). */
const NalType = { slice: 1, key: 5, sei: 6, parameters: 7, delimiter: 9 } as const;
/** Where level_idc stands in a sequence parameter set, its NAL unit header counted. */
const LEVEL_OFFSET = 3;
/** zero_byte and start_code_prefix_one_3bytes; parameter sets and the first NAL unit of a picture need both. */
const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** A coded picture; what goes with it stands between its two pieces. */
export interface AccessUnit {
  /** Access unit delimiter and parameter sets; in MPEG-2 all headers and extensions. */
  readonly head: Uint8Array;
  /** Its slices. */
  readonly slices: Uint8Array;
  readonly isKey: boolean;
}

/** H.264 (ISO/IEC 14496-10) or MPEG-2 (ISO/IEC 13818-2). */
export type VideoCoding = 'h264' | 'mpeg2';

/** What is to be seen: pictures that are shown again and again, 25 a second, the first of them a key picture. */
export interface Slate {
  readonly video: VideoCoding;
  readonly pictures: readonly AccessUnit[];
}

/** Pictures a second. */
export const PICTURE_RATE = 25;

/**
 * Takes a slate from a byte stream of H.264 (ISO/IEC 14496-10 annex B): access unit delimiters, no B pictures, 25 pictures a second, parameter sets
 * with each key picture. Its own supplemental enhancement information is left out.
 *
 * @throws TransportStreamError when it is none
 */
export function readSlate(stream: Uint8Array): Slate {
  const pictures: { head: Uint8Array[]; slices: Uint8Array[]; isKey: boolean }[] = [];
  for (const unit of nalUnits(stream)) {
    const type = typeOf(unit);
    if (type === NalType.delimiter) pictures.push({ head: [], slices: [], isKey: false });
    const picture = pictures.at(-1);
    if (picture === undefined || type === NalType.sei) continue;
    if (type > NalType.key) {
      picture.head.push(START_CODE, unit);
    } else {
      picture.slices.push(START_CODE, unit);
      picture.isKey ||= type === NalType.key;
    }
  }
  if (!pictures[0]?.isKey || pictures.some(({ slices }) => slices.length === 0)) {
    throw new TransportStreamError(
      'The slate is no H.264 stream that begins with a key picture and has access unit delimiters.',
    );
  }
  return {
    video: 'h264',
    pictures: pictures.map(({ head, slices, isKey }) => ({
      head: concatBytes(...head),
      slices: concatBytes(...slices),
      isKey,
    })),
  };
}

/**
 * A slate of H.264 with the level that the bit rate of its stream needs (ISO/IEC 14496-10 table A-1, main profile): messages
 * count as part of the video.
 *
 * @param rate bits a second of the video stream with messages
 */
export function withLevel(slate: Slate, rate: number): Slate {
  if (slate.video === 'mpeg2') return slate;
  const level = rate <= 12_000_000 ? 30 : rate <= 24_000_000 ? 40 : 41;
  return {
    ...slate,
    pictures: slate.pictures.map(({ head, ...picture }) => ({ ...picture, head: raiseLevel(head, level) })),
  };
}

function raiseLevel(head: Uint8Array, level: number): Uint8Array {
  const units = [...nalUnits(head)].map((unit) => {
    if (typeOf(unit) !== NalType.parameters || unit[LEVEL_OFFSET]! >= level) return unit;
    const raised = unit.slice();
    raised[LEVEL_OFFSET] = level;
    return raised;
  });
  return concatBytes(...units.flatMap((unit) => [START_CODE, unit]));
}

function typeOf(unit: Uint8Array): number {
  return unit[0]! & 0x1f;
}

/** The NAL units of a byte stream, without start codes (ISO/IEC 14496-10 annex B). */
function* nalUnits(stream: Uint8Array): Generator<Uint8Array> {
  let start = -1;
  for (let at = stream.indexOf(1); at >= 0; at = stream.indexOf(1, at + 1)) {
    if (at < 2 || stream[at - 1] !== 0 || stream[at - 2] !== 0) continue;
    if (start >= 0) yield withoutZeros(stream.subarray(start, at - 2));
    start = at + 1;
  }
  if (start >= 0 && start < stream.length) yield withoutZeros(stream.subarray(start));
}

/** trailing_zero_8bits, and the zero_byte of the next start code. */
function withoutZeros(unit: Uint8Array): Uint8Array {
  let end = unit.length;
  while (end > 1 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}
