import { ZstdError } from './error.js';
import { MAX_FRAME_CONTENT } from './limits.js';

/** RFC 8878 section 3.1.1. */
export const FRAME_MAGIC = 0xfd2fb528;
/** RFC 8878 section 3.1.2: 16 numbers from here on. */
const SKIPPABLE_MAGIC = 0x184d2a50;

export const CHECKSUM_LENGTH = 4;
export const BLOCK_HEADER_LENGTH = 3;

/** Block_Maximum_Size of RFC 8878 section 3.1.1.2.4 where the window is no smaller. */
const MAX_BLOCK_CONTENT = 128 * 1024;

const CONTENT_CHECKSUM_FLAG = 1 << 2;
const RESERVED_BIT = 1 << 3;
const SINGLE_SEGMENT_FLAG = 1 << 5;

const BLOCK_RAW = 0;
const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

export function isSkippableMagic(magic: number): boolean {
  return (magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC;
}

/** What the Frame_Header_Descriptor says about the rest of the frame. */
export interface FrameDescriptor {
  /** Bytes of the frame header behind magic number and descriptor: window, dictionary and content size. */
  readonly fieldsLength: number;
  readonly hasChecksum: boolean;
  readonly singleSegment: boolean;
  readonly dictionaryIdLength: number;
  readonly contentSizeLength: number;
}

/** Frame_Header_Descriptor (RFC 8878 section 3.1.1.1.1). @throws ZstdError */
export function parseDescriptor(byte: number): FrameDescriptor {
  if (byte & RESERVED_BIT) throw new ZstdError('The zstd frame header has a reserved bit set.');
  const singleSegment = (byte & SINGLE_SEGMENT_FLAG) !== 0;
  const dictionaryIdLength = [0, 1, 2, 4][byte & 3]!;
  const contentSizeLength = [singleSegment ? 1 : 0, 2, 4, 8][byte >> 6]!;
  return {
    fieldsLength: (singleSegment ? 0 : 1) + dictionaryIdLength + contentSizeLength,
    hasChecksum: (byte & CONTENT_CHECKSUM_FLAG) !== 0,
    singleSegment,
    dictionaryIdLength,
    contentSizeLength,
  };
}

export interface FrameFields {
  /** Bytes, when the frame declares them. */
  readonly contentSize: number | undefined;
  /** The most that one block of this frame can hold, bytes. */
  readonly maxBlockContent: number;
}

/**
 * The fields behind the descriptor (RFC 8878 sections 3.1.1.1.2 to 3.1.1.1.4).
 *
 * @throws ZstdError when the frame needs a dictionary, a window or content above MAX_FRAME_CONTENT
 */
export function parseFields(descriptor: FrameDescriptor, fields: Uint8Array): FrameFields {
  const { singleSegment, dictionaryIdLength, contentSizeLength } = descriptor;
  const dictionaryAt = singleSegment ? 0 : 1;
  const dictionaryId = readLittleEndian(fields, dictionaryAt, dictionaryIdLength);
  if (dictionaryId !== 0) throw new ZstdError(`The zstd frame needs the dictionary ${dictionaryId}.`);
  const contentSize =
    contentSizeLength === 0
      ? undefined
      : readLittleEndian(fields, dictionaryAt + dictionaryIdLength, contentSizeLength) +
        (contentSizeLength === 2 ? 256 : 0);
  if (contentSize !== undefined && contentSize > MAX_FRAME_CONTENT) {
    throw new ZstdError(
      `A zstd frame of ${contentSize} bytes is too large for this reader (${MAX_FRAME_CONTENT} bytes).`,
    );
  }
  const windowSize = singleSegment ? contentSize! : parseWindowSize(fields[0]!);
  if (windowSize > MAX_FRAME_CONTENT) {
    throw new ZstdError(
      `A zstd frame with a window of ${windowSize} bytes is too large for this reader (${MAX_FRAME_CONTENT} bytes).`,
    );
  }
  return { contentSize, maxBlockContent: Math.min(windowSize, MAX_BLOCK_CONTENT) };
}

/** Window_Descriptor (RFC 8878 section 3.1.1.1.2). */
function parseWindowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

export interface BlockHeader {
  readonly last: boolean;
  /** Bytes of the block in the frame, behind its header. */
  readonly length: number;
  /** The most that the block can regenerate, bytes. */
  readonly maxContent: number;
  /** Its bytes are the content. */
  readonly isRaw: boolean;
}

/** Block_Header (RFC 8878 section 3.1.1.2), three bytes little-endian. @throws ZstdError */
export function parseBlockHeader(bytes: Uint8Array, maxBlockContent: number): BlockHeader {
  const header = readLittleEndian(bytes, 0, BLOCK_HEADER_LENGTH);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (type === BLOCK_RESERVED) throw new ZstdError('The zstd data is damaged: a block of reserved type.');
  if (size > maxBlockContent) {
    throw new ZstdError(
      `The zstd data is damaged: a block of ${size} bytes where ${maxBlockContent} is the most.`,
    );
  }
  return {
    last: (header & 1) === 1,
    length: type === BLOCK_RLE ? 1 : size,
    maxContent: type === BLOCK_RAW || type === BLOCK_RLE ? size : maxBlockContent,
    isRaw: type === BLOCK_RAW,
  };
}

/** An unsigned little-endian integer of 0 to 8 bytes, rounded above 2^53. */
export function readLittleEndian(bytes: Uint8Array, offset: number, byteLength: number): number {
  let value = 0;
  for (let i = offset + byteLength - 1; i >= offset; i--) value = value * 256 + bytes[i]!;
  return value;
}

/**
 * Writes the same frame with a content checksum (RFC 8878 section 3.1.1.1.1.1), the low half of XXH64 of its content.
 *
 * @returns the bytes written, `CHECKSUM_LENGTH` more than the frame has
 */
export function writeWithChecksum(into: Uint8Array, frame: Uint8Array, checksum: number): number {
  into.set(frame);
  into[4]! |= CONTENT_CHECKSUM_FLAG;
  viewOf(into).setUint32(frame.length, checksum, true);
  return frame.length + CHECKSUM_LENGTH;
}

/** Frame_Content_Size of 4 bytes (RFC 8878 section 3.1.1.1.1). */
const CONTENT_SIZE_OF_4_BYTES = 2 << 6;
const RAW_HEADER_LENGTH = 9;

/**
 * Turns content into a frame of Raw_Blocks (RFC 8878 section 3.1.1.2.2), in place.
 *
 * @param memory the content, and room for 16 bytes more and 3 for each 128 KiB
 * @param length bytes of the content
 * @returns bytes of the frame
 */
export function writeRawFrame(memory: Uint8Array, length: number, checksum: number): number {
  const blocks = Math.max(1, Math.ceil(length / MAX_BLOCK_CONTENT));
  const view = viewOf(memory);
  // from the last one on: every block moves to a higher place than its own
  for (let block = blocks - 1; block >= 0; block--) {
    const start = block * MAX_BLOCK_CONTENT;
    const end = Math.min(start + MAX_BLOCK_CONTENT, length);
    const at = RAW_HEADER_LENGTH + start + (block + 1) * BLOCK_HEADER_LENGTH;
    memory.copyWithin(at, start, end);
    const header = ((end - start) << 3) | (BLOCK_RAW << 1) | (block === blocks - 1 ? 1 : 0);
    view.setUint8(at - 3, header);
    view.setUint16(at - 2, header >> 8, true);
  }
  view.setUint32(0, FRAME_MAGIC, true);
  view.setUint8(4, CONTENT_SIZE_OF_4_BYTES | SINGLE_SEGMENT_FLAG | CONTENT_CHECKSUM_FLAG);
  view.setUint32(5, length, true);
  const end = RAW_HEADER_LENGTH + length + blocks * BLOCK_HEADER_LENGTH;
  view.setUint32(end, checksum, true);
  return end + CHECKSUM_LENGTH;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
