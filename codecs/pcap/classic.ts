import { PcapError } from './error.js';
import {
  FILE_HEADER_LENGTH,
  MAGIC_MICROSECONDS,
  MAGIC_NANOSECONDS,
  MAX_RECORD_BYTES,
  RECORD_HEADER_LENGTH,
} from './format.js';
import type { Framed, Framing } from './framing.js';
import { isLinkType, LINK_TYPES_READ } from './packet/link.js';

/** The version that all files have, 2.4, as the two numbers of the file header in one. */
const VERSION = 0x0002_0004;

interface FileHeader {
  readonly littleEndian: boolean;
  /** Nanoseconds in one unit of a record's fraction of a second. */
  readonly fractionNs: number;
  readonly linkType: number;
}

/** The records of a classic pcap file of either byte order. Another file may follow the first one in it. */
export function createClassicFraming(): Framing {
  let file: FileHeader | undefined;
  let records = 0;

  return {
    next(view, at, position): Framed {
      if (file === undefined || isFileHeader(view, at)) {
        if (at + FILE_HEADER_LENGTH <= view.byteLength) file = parseFileHeader(view, at);
        return { length: FILE_HEADER_LENGTH };
      }
      if (at + RECORD_HEADER_LENGTH > view.byteLength) return { length: RECORD_HEADER_LENGTH };
      const { littleEndian, fractionNs, linkType } = file;
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > MAX_RECORD_BYTES) {
        throw new PcapError(
          `Record ${records + 1} at byte ${position} is damaged: it claims ${captured} bytes, a record has at most ${MAX_RECORD_BYTES}.`,
        );
      }
      const length = RECORD_HEADER_LENGTH + captured;
      if (at + length > view.byteLength) return { length };
      records++;
      const seconds = view.getUint32(at, littleEndian);
      const fraction = view.getUint32(at + 4, littleEndian);
      const packet = {
        linkType,
        timestampNs: BigInt(seconds) * 1_000_000_000n + BigInt(fraction * fractionNs),
        at: at + RECORD_HEADER_LENGTH,
        end: at + length,
        isCutShort: captured < view.getUint32(at + 12, littleEndian),
      };
      return { length, packet };
    },
  };
}

/** True for a magic number of either byte order. */
export function isClassicMagic(view: DataView, at: number): boolean {
  return isMagic(view.getUint32(at)) || isMagic(view.getUint32(at, true));
}

/** Where a record would begin: its time would be in the years 2046 or 2056, with the version as its fraction. */
function isFileHeader(view: DataView, at: number): boolean {
  if (at + 8 > view.byteLength || !isClassicMagic(view, at)) return false;
  const littleEndian = isMagic(view.getUint32(at, true));
  return view.getUint16(at + 4, littleEndian) * 0x1_0000 + view.getUint16(at + 6, littleEndian) === VERSION;
}

function parseFileHeader(view: DataView, at: number): FileHeader {
  const littleEndian = isMagic(view.getUint32(at, true));
  const magic = view.getUint32(at, littleEndian);
  const major = view.getUint16(at + 4, littleEndian);
  if (major !== 2) throw new PcapError(`The recording has pcap version ${major}; only version 2 is known.`);
  // The upper bits hold the length of a frame check sequence, which lies behind the IP packet and is ignored.
  const linkType = view.getUint32(at + 20, littleEndian) & 0xffff;
  if (!isLinkType(linkType)) {
    throw new PcapError(`The recording has link type ${linkType}; read are ${LINK_TYPES_READ}.`);
  }
  return { littleEndian, fractionNs: magic === MAGIC_NANOSECONDS ? 1 : 1000, linkType };
}

function isMagic(value: number): boolean {
  return value === MAGIC_MICROSECONDS || value === MAGIC_NANOSECONDS;
}
