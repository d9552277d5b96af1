import { TransportStreamError } from '../error.js';
import type { AccessUnit, Slate } from './slate.js';

/** The byte behind a start code prefix (ISO/IEC 13818-2 table 6-1); slices have 0x01 to 0xAF. */
const StartCode = { picture: 0x00, lastSlice: 0xaf, sequence: 0xb3, group: 0xb8 } as const;

/**
 * Takes a slate from MPEG-2 video (ISO/IEC 13818-2): no B pictures, 25 pictures a second, a sequence header with each key picture.
 *
 * @throws TransportStreamError when it is none
 */
export function readMpeg2Slate(video: Uint8Array): Slate {
  const codes = [...startCodes(video)];
  const opens = (code: number) =>
    code === StartCode.sequence || code === StartCode.group || code === StartCode.picture;
  const isSlice = (code: number) => code > StartCode.picture && code <= StartCode.lastSlice;
  const pictures: AccessUnit[] = [];
  for (let i = 0; i < codes.length; ) {
    const first = i;
    while (i < codes.length && !isSlice(codes[i]!.code)) i++;
    const slices = i;
    while (i < codes.length && !opens(codes[i]!.code)) i++;
    const at = (place: number) => codes[place]?.at ?? video.length;
    pictures.push({
      head: video.subarray(at(first), at(slices)),
      slices: video.subarray(at(slices), at(i)),
      isKey: codes[first]!.code === StartCode.sequence,
    });
  }
  if (!pictures[0]?.isKey || pictures.some(({ slices }) => slices.length === 0)) {
    throw new TransportStreamError('The slate is no MPEG-2 video that begins with a sequence header.');
  }
  return { video: 'mpeg2', pictures };
}

/** Places of start code prefixes, and the byte behind each. */
function* startCodes(video: Uint8Array): Generator<{ readonly at: number; readonly code: number }> {
  for (let at = video.indexOf(1); at >= 0 && at + 1 < video.length; at = video.indexOf(1, at + 1)) {
    if (at >= 2 && video[at - 1] === 0 && video[at - 2] === 0) yield { at: at - 2, code: video[at + 1]! };
  }
}
