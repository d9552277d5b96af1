import { type ByteReader, createByteReader } from './byte-reader.js';
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
import { loadZstd, type ZstdLibrary } from './library.js';
import { MAX_FRAME_BYTES, MAX_FRAME_CONTENT } from './limits.js';

const MAGIC_LENGTH = 4;

export interface DecompressOptions {
  /** The most that the content may have in all, bytes. */
  readonly maxSize: number;
}

/** A whole frame and what its headers say about its content. Its bytes are valid until the next frame is read. */
interface Frame {
  readonly bytes: Uint8Array;
  /** Bytes, when the frame declares them. */
  readonly contentSize: number | undefined;
  /** What its blocks can hold at the very most, bytes. */
  readonly maxContent: number;
}

/**
 * The content of a zstd file: any number of frames (RFC 8878), checksums verified, skippable frames left out.
 * One frame is in memory at a time; frames of more than 128 MiB are refused. Sizes are checked before memory
 * is taken for them.
 *
 * @throws ZstdError when the data is damaged, cut off, no zstd, or larger than the limits
 */
export async function* decompress(
  file: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const library = await loadZstd();
  const reader = createByteReader(file);
  const buffer = createGrowingBuffer();
  let total = 0;
  try {
    for (let frames = 0; ; frames++) {
      const magic = await reader.read(MAGIC_LENGTH);
      if (magic.length === 0 && frames > 0) return;
      if (magic.length < MAGIC_LENGTH) throw cutOff();
      const number = readLittleEndian(magic, 0, MAGIC_LENGTH);
      if (isSkippableMagic(number)) {
        await skipFrame(reader);
        continue;
      }
      if (number !== FRAME_MAGIC) throw notZstd(magic, frames);
      const frame = await readFrame(reader, magic, buffer);
      const content = decompressFrame(library, frame, options.maxSize - total, options.maxSize);
      total += content.length;
      if (content.length > 0) yield content;
    }
  } finally {
    await reader.close();
  }
}

/** RFC 8878 section 3.1.2, behind the magic number. */
async function skipFrame(reader: ByteReader): Promise<void> {
  const size = await readExactly(reader, 4);
  if (!(await reader.skip(readLittleEndian(size, 0, 4)))) throw cutOff();
}

/** Collects one frame block by block (RFC 8878 section 3.1.1), holding no more than arrives and is allowed. */
async function readFrame(reader: ByteReader, magic: Uint8Array, frame: GrowingBuffer): Promise<Frame> {
  frame.clear();
  frame.append(magic);
  const descriptorByte = await readExactly(reader, 1);
  frame.append(descriptorByte);
  const descriptor = parseDescriptor(descriptorByte[0]!);
  const fieldBytes = await readExactly(reader, descriptor.fieldsLength);
  frame.append(fieldBytes);
  const { contentSize, maxBlockContent } = parseFields(descriptor, fieldBytes);
  let maxContent = 0;
  for (let last = false; !last; ) {
    const headerBytes = await readExactly(reader, BLOCK_HEADER_LENGTH);
    const block = parseBlockHeader(headerBytes, maxBlockContent);
    frame.append(headerBytes);
    frame.append(await readExactly(reader, block.length));
    maxContent += block.maxContent;
    last = block.last;
    if (frame.length > MAX_FRAME_BYTES) throw frameTooLarge();
  }
  if (descriptor.hasChecksum) frame.append(await readExactly(reader, CHECKSUM_LENGTH));
  return { bytes: frame.bytes(), contentSize, maxContent };
}

function decompressFrame(library: ZstdLibrary, frame: Frame, left: number, maxSize: number): Uint8Array {
  const { contentSize, maxContent } = frame;
  if (contentSize !== undefined && contentSize > maxContent) {
    throw new ZstdError(
      `The zstd data is damaged: a frame declares ${contentSize} bytes, its blocks hold at most ${maxContent}.`,
    );
  }
  if (contentSize !== undefined && contentSize > left) throw tooLarge(maxSize);
  const capacity = contentSize ?? Math.min(maxContent, left, MAX_FRAME_CONTENT);
  let content: Uint8Array;
  try {
    content = library.decompress(frame.bytes, { defaultHeapSize: capacity });
  } catch {
    if (capacity < maxContent && contentSize === undefined) {
      throw new ZstdError(
        `A zstd frame is damaged or holds more than ${capacity} bytes, which is all that is allowed here.`,
      );
    }
    throw new ZstdError('The zstd data is damaged: a frame cannot be decoded, or its checksum is wrong.');
  }
  return content;
}

async function readExactly(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw cutOff();
  return bytes;
}

/** Memory that grows as bytes arrive, so that no declared size takes any, and is used for one frame after the other. */
interface GrowingBuffer {
  readonly length: number;
  clear(): void;
  append(part: Uint8Array): void;
  /** A view of what was appended since `clear`. */
  bytes(): Uint8Array;
}

function createGrowingBuffer(): GrowingBuffer {
  let memory = new Uint8Array(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    clear() {
      length = 0;
    },
    append(part) {
      if (length + part.length > memory.length) {
        const larger = new Uint8Array(Math.max(1.5 * memory.length, length + part.length));
        larger.set(memory.subarray(0, length));
        memory = larger;
      }
      memory.set(part, length);
      length += part.length;
    },
    bytes: () => memory.subarray(0, length),
  };
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
