import { type ByteReader, createByteReader } from '../byte-reader.js';
import { freeMemory } from '../free-memory.js';
import type { MaybePromise } from '../maybe-promise.js';
import { ZstdError } from './error.js';
import {
  BLOCK_HEADER_LENGTH,
  CHECKSUM_LENGTH,
  FRAME_MAGIC,
  isSkippableMagic,
  parseBlockHeader,
  parseDescriptor,
  parseFields,
  readLittleEndian,
} from './frame.js';
import { createFrameMemory, type FrameMemory } from './frame-memory.js';
import { createGrowingBuffer } from './growing-buffer.js';
import { loadZstd, type ZstdLibrary } from './library.js';
import { MAX_FRAME_BYTES, MAX_FRAME_CONTENT } from './limits.js';

const MAGIC_LENGTH = 4;

/** What came of a frame. */
export interface DecodedFrame {
  /** In memory of its own; undefined when the frame is damaged, its checksum is wrong, or it has more than was allowed. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** The memory of the frame, to be used again. */
  readonly memory: ArrayBuffer;
}

/** Decompresses a whole frame whose headers are sound to `capacity` bytes at most. */
export type DecodeFrame = (frame: Uint8Array<ArrayBuffer>, capacity: number) => Promise<DecodedFrame>;

/** Bytes of a zstd file that are content as they stand. */
export interface RawBlock {
  readonly at: number;
  readonly length: number;
}

export interface DecompressOptions {
  /** The most that the content may have in all, bytes. */
  readonly maxSize: number;
  /** Decompresses frames while the one before is used; by default each one in its turn, here. */
  readonly decodeFrame?: DecodeFrame | undefined;
  /** Where frames are collected; whoever decompresses many files gives the same for all of them. */
  readonly memory?: FrameMemory | undefined;
  /**
   * Gets the content of each frame before it is handed out, valid until this is fulfilled, and where it stands in the file when
   * all blocks are raw.
   */
  readonly onFrame?: (content: Uint8Array, raw: readonly RawBlock[] | undefined) => MaybePromise<void>;
}

/** A whole frame and what its headers say about its content. */
interface Frame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes, when the frame declares them. */
  readonly contentSize: number | undefined;
  /** What its blocks can hold at the very most, bytes. */
  readonly maxContent: number;
  /** Where its first block begins. */
  readonly blocksAt: number;
  /** All blocks are raw: the content stands in the frame as it is. */
  readonly isRaw: boolean;
  readonly hasChecksum: boolean;
}

/**
 * The content of a zstd file: any number of frames (RFC 8878), checksums verified, skippable frames left out.
 * One frame is in memory at a time, two with `decodeFrame`; frames of more than 128 MiB are refused. Sizes are checked
 * before memory is taken for them. A piece is valid until the next is asked for.
 *
 * @throws ZstdError when the data is damaged, cut off, no zstd, or larger than the limits
 */
export async function* decompress(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const library = await loadZstd();
  const reader = createByteReader(file);
  const { maxSize, decodeFrame, memory: frameMemory = createFrameMemory(), onFrame } = options;
  let total = 0;
  /** The content that is on its way. */
  let ahead: Promise<Uint8Array<ArrayBuffer>> | undefined;

  async function decode(frame: Frame, capacity: number): Promise<Uint8Array<ArrayBuffer>> {
    const { content, memory } = await (decodeFrame ?? decodeHere)(frame.bytes, capacity);
    frameMemory.give(memory);
    return content ?? refuse(frame, capacity);
  }

  async function* handOut(content: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array> {
    await onFrame?.(content, undefined);
    yield* piecesAndFree(content);
  }

  async function decodeHere(frame: Uint8Array<ArrayBuffer>, capacity: number): Promise<DecodedFrame> {
    return { content: decompressFrame(library, frame, capacity), memory: frame.buffer };
  }

  try {
    for (let frames = 0; ; frames++) {
      const magic = await reader.read(MAGIC_LENGTH);
      if (magic.length === 0 && frames > 0) break;
      if (magic.length < MAGIC_LENGTH) throw cutOff();
      const number = readLittleEndian(magic, 0, MAGIC_LENGTH);
      if (isSkippableMagic(number)) {
        await skipFrame(reader);
        continue;
      }
      if (number !== FRAME_MAGIC) throw notZstd(magic, frames);
      const begin = reader.position - MAGIC_LENGTH;
      const frame = await readFrame(reader, magic, frameMemory.take());
      // no more than one frame is ahead of the one in use
      const before = await ahead;
      total += before?.length ?? 0;
      const capacity = capacityOf(frame, maxSize - total, maxSize);
      ahead = decodeFrame === undefined || frame.isRaw ? undefined : decode(frame, capacity);
      // it is awaited when the frame before is used up
      ahead?.catch(() => {});
      if (before !== undefined) yield* handOut(before);
      if (ahead !== undefined) continue;
      if (frame.isRaw) {
        const raw: RawBlock[] = [];
        const content = rawContent(library, frame, capacity, raw, begin) ?? refuse(frame, capacity);
        total += content.length;
        await onFrame?.(content, raw);
        yield* piecesOf(content);
        frameMemory.give(frame.bytes.buffer);
      } else {
        const content = await decode(frame, capacity);
        total += content.length;
        yield* handOut(content);
      }
    }
    if (ahead !== undefined) yield* handOut(await ahead);
  } finally {
    await reader.close();
  }
}

/** RFC 8878 section 3.1.2, behind the magic number. */
async function skipFrame(reader: ByteReader): Promise<void> {
  const size = await readExactly(reader, 4);
  if (!(await reader.skip(readLittleEndian(size, 0, 4)))) throw cutOff();
}

/**
 * Collects one frame block by block (RFC 8878 section 3.1.1), holding no more than arrives and is allowed.
 *
 * @param memory to begin with
 */
async function readFrame(
  reader: ByteReader,
  magic: Uint8Array,
  memory: ArrayBuffer | undefined,
): Promise<Frame> {
  const frame = createGrowingBuffer(memory);
  frame.append(magic);
  const descriptorByte = await readExactly(reader, 1);
  frame.append(descriptorByte);
  const descriptor = parseDescriptor(descriptorByte[0]!);
  const fieldBytes = await readExactly(reader, descriptor.fieldsLength);
  frame.append(fieldBytes);
  const { contentSize, maxBlockContent } = parseFields(descriptor, fieldBytes);
  const blocksAt = frame.length;
  let maxContent = 0;
  let isRaw = true;
  for (let last = false; !last; ) {
    const headerBytes = await readExactly(reader, BLOCK_HEADER_LENGTH);
    const block = parseBlockHeader(headerBytes, maxBlockContent);
    frame.append(headerBytes);
    if ((await reader.fill(frame.extend(block.length))) < block.length) throw cutOff();
    maxContent += block.maxContent;
    isRaw &&= block.isRaw;
    last = block.last;
    if (frame.length > MAX_FRAME_BYTES) throw frameTooLarge();
  }
  const { hasChecksum } = descriptor;
  if (hasChecksum) frame.append(await readExactly(reader, CHECKSUM_LENGTH));
  return { bytes: frame.bytes(), contentSize, maxContent, blocksAt, isRaw, hasChecksum };
}

/** The most that a frame may have, bytes. */
function capacityOf({ contentSize, maxContent }: Frame, left: number, maxSize: number): number {
  if (contentSize !== undefined && contentSize > maxContent) {
    throw new ZstdError(
      `The zstd data is damaged: a frame declares ${contentSize} bytes, its blocks hold at most ${maxContent}.`,
    );
  }
  if (contentSize !== undefined && contentSize > left) throw tooLarge(maxSize);
  return contentSize ?? Math.min(maxContent, left, MAX_FRAME_CONTENT);
}

/**
 * Decompresses one frame. The caller has checked its headers: what they declare is taken as it is.
 *
 * @returns undefined when the frame is damaged, its checksum is wrong, or it has more than `capacity` bytes
 */
export function decompressFrame(
  library: ZstdLibrary,
  frame: Uint8Array,
  capacity: number,
): Uint8Array<ArrayBuffer> | undefined {
  try {
    return library.decompress(frame, { defaultHeapSize: capacity }) as Uint8Array<ArrayBuffer>;
  } catch {
    return undefined;
  }
}

function refuse({ contentSize, maxContent }: Frame, capacity: number): never {
  if (capacity < maxContent && contentSize === undefined) {
    throw new ZstdError(
      `A zstd frame is damaged or holds more than ${capacity} bytes, which is all that is allowed here.`,
    );
  }
  throw new ZstdError('The zstd data is damaged: a frame cannot be decoded, or its checksum is wrong.');
}

/** Handed out at a time. */
const PIECE_BYTES = 1 << 20;

function* piecesOf(content: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += PIECE_BYTES) yield content.subarray(at, at + PIECE_BYTES);
}

/** Leaves nothing of the content behind. */
function* piecesAndFree(content: Uint8Array<ArrayBuffer>): Generator<Uint8Array> {
  yield* piecesOf(content);
  freeMemory(content.buffer);
}

/**
 * The content of a frame of raw blocks, moved together in the memory of the frame.
 *
 * @param raw gets where the blocks stand in the file
 * @param begin of the frame in the file
 * @returns undefined when it is damaged
 */
function rawContent(
  library: ZstdLibrary,
  frame: Frame,
  capacity: number,
  raw: RawBlock[],
  begin: number,
): Uint8Array | undefined {
  const { bytes, blocksAt, maxContent, contentSize, hasChecksum } = frame;
  if (maxContent > capacity || (contentSize !== undefined && maxContent !== contentSize)) return undefined;
  let length = 0;
  let at = blocksAt;
  while (length < maxContent) {
    const block = parseBlockHeader(bytes.subarray(at, at + BLOCK_HEADER_LENGTH), MAX_FRAME_CONTENT);
    at += BLOCK_HEADER_LENGTH;
    bytes.copyWithin(length, at, at + block.length);
    if (block.length > 0) raw.push({ at: begin + at, length: block.length });
    at += block.length;
    length += block.length;
  }
  const content = bytes.subarray(0, length);
  if (!hasChecksum) return content;
  const expected = readLittleEndian(bytes, bytes.length - CHECKSUM_LENGTH, CHECKSUM_LENGTH);
  return library.checksum(content) === expected ? content : undefined;
}

async function readExactly(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw cutOff();
  return bytes;
}

function cutOff(): ZstdError {
  return new ZstdError('The zstd data is cut off: it ends in the middle of a frame.');
}

function notZstd(magic: Uint8Array, frames: number): ZstdError {
  const found = Array.from(magic, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return new ZstdError(
    frames === 0
      ? `The data is not zstd: it begins with ${found}, not with 28 b5 2f fd.`
      : `The zstd data is damaged: ${found} follows after ${frames} frames.`,
  );
}

function tooLarge(maxSize: number): ZstdError {
  return new ZstdError(`The zstd data decompresses to more than the ${maxSize} bytes allowed.`);
}

function frameTooLarge(): ZstdError {
  return new ZstdError(`A zstd frame of more than ${MAX_FRAME_CONTENT} bytes is too large for this reader.`);
}
