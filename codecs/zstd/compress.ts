import { createByteReader } from '../byte-reader.js';
import { concatBytes } from '../bytes.js';
import { freeMemory } from '../free-memory.js';
import { ZstdError } from './error.js';
import { writeRawFrame, writeWithChecksum } from './frame.js';
import { loadZstd, type ZstdLibrary } from './library.js';
import { CHUNK_BYTES, frameBound, MAX_CHUNK_BYTES, MAX_LEVEL, MIN_LEVEL } from './limits.js';

/** The quick level that shows whether a chunk compresses at all. */
const PROBE_LEVEL = 1;
/** Up to this level compressing is about as quick as probing. */
const MAX_LEVEL_WITHOUT_PROBE = 3;
/** The probe sees the first 32 KiB of every 256 KiB. */
const SAMPLE_BYTES = 32 * 1024;
const SAMPLE_DISTANCE = 256 * 1024;
/** Share of its size that a sample must lose at the quick level: below it even that level is not worth its time. */
const LEAST_SAVING = 0.001;
/** From this share on a chunk is worth the full level. */
const CERTAIN_SAVING = 0.2;
/** In between, where pictures have headers and a little text beside them, this level shows what a better one gains. */
const BETTER_LEVEL = 6;
/** Share of the sample's size that it must gain over the quick level. */
const WORTHWHILE_GAIN = 0.002;
/** A gain from which on the full level is worth its time: with less it gains nothing over the better one. */
const LARGE_GAIN = 0.02;

export interface CompressOptions {
  /** 1..22. From 20 on compressing takes more than 500 MB of memory. */
  readonly level: number;
  /** Bytes of the chunks that frames are made of, 16 MiB unless given. */
  readonly chunkBytes?: number;
}

/**
 * Compresses to independent zstd frames (RFC 8878), one for each chunk of input, with content size and checksum.
 * Frames in a row are a legal zstd file: `zstd -d` reads it. Empty input gives one empty frame.
 *
 * @throws ZstdError when the level does not exist
 */
export async function* compress(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { level, chunkBytes = CHUNK_BYTES }: CompressOptions,
): AsyncGenerator<Uint8Array> {
  requireLevel(level);
  const library = await loadZstd();
  const memory = chunkMemory(chunkBytes);
  for await (const length of fillChunks(content, chunkBytes, () => memory)) {
    yield compressFrame(library, memory, length, level).slice();
  }
}

/** The size of the chunks that about this many bytes of content are cut into. */
export function chunkBytesFor(contentBytes: number): number {
  return contentBytes <= MAX_CHUNK_BYTES ? MAX_CHUNK_BYTES : CHUNK_BYTES;
}

/** Memory for a chunk, in which its frame has room. */
export function chunkMemory(chunkBytes: number): Uint8Array {
  return new Uint8Array(frameBound(chunkBytes));
}

/**
 * Cuts content into chunks and yields the length of each; empty content is one empty chunk.
 *
 * @param chunkBytes bytes of every chunk but the last
 * @param memory gives the memory, as `chunkMemory` does, that the next chunk is put in
 */
export async function* fillChunks(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  chunkBytes: number,
  memory: () => Uint8Array,
): AsyncGenerator<number> {
  const reader = createByteReader(content);
  try {
    for (let first = true; ; first = false) {
      const length = await reader.fill(memory().subarray(0, chunkBytes));
      if (length === 0 && !first) return;
      yield length;
      if (length < chunkBytes) return;
    }
  } finally {
    await reader.close();
  }
}

/**
 * Turns a chunk into its frame, in place. Frames are independent, so that several threads can make them.
 *
 * @param memory the chunk, and room for `frameBound(length)` bytes
 * @param length bytes of the chunk
 * @param level 1..22
 * @returns the frame, a view of `memory`
 */
export function compressFrame(
  library: ZstdLibrary,
  memory: Uint8Array,
  length: number,
  level: number,
): Uint8Array {
  const chunk = memory.subarray(0, length);
  const checksum = library.checksum(chunk);
  const chosen = worthwhileLevel(library, chunk, level);
  if (chosen === undefined) return memory.subarray(0, writeRawFrame(memory, length, checksum));
  const frame = library.compress(chunk, chosen);
  const frameLength = writeWithChecksum(memory, frame, checksum);
  freeMemory(frame.buffer as ArrayBuffer);
  return memory.subarray(0, frameLength);
}

/** The level for a chunk; undefined when it does not compress. */
function worthwhileLevel(library: ZstdLibrary, chunk: Uint8Array, level: number): number | undefined {
  if (level <= MAX_LEVEL_WITHOUT_PROBE) return level;
  const sample = sampleOf(chunk);
  const savingAt = (quick: number) => {
    const { length, buffer } = library.compress(sample, quick);
    freeMemory(buffer as ArrayBuffer);
    return 1 - length / sample.length;
  };
  const saving = savingAt(PROBE_LEVEL);
  if (saving < LEAST_SAVING) return undefined;
  if (saving >= CERTAIN_SAVING) return level;
  const gain = savingAt(BETTER_LEVEL) - saving;
  if (gain >= LARGE_GAIN) return level;
  return gain >= WORTHWHILE_GAIN ? Math.min(level, BETTER_LEVEL) : PROBE_LEVEL;
}

function sampleOf(chunk: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < chunk.length; at += SAMPLE_DISTANCE) {
    pieces.push(chunk.subarray(at, at + SAMPLE_BYTES));
  }
  return concatBytes(...pieces);
}

/** @throws ZstdError when the level does not exist */
export function requireLevel(level: number): void {
  if (!Number.isInteger(level) || level < MIN_LEVEL || level > MAX_LEVEL) {
    throw new ZstdError(`The zstd level is a whole number from ${MIN_LEVEL} to ${MAX_LEVEL}, not ${level}.`);
  }
}
