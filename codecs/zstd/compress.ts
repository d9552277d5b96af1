import { createByteReader } from './byte-reader.js';
import { ZstdError } from './error.js';
import { withChecksum } from './frame.js';
import { loadZstd, type ZstdLibrary } from './library.js';
import { CHUNK_BYTES, MAX_LEVEL, MIN_LEVEL } from './limits.js';
import { xxh64 } from './xxhash.js';

/** The quick level that shows whether a chunk compresses at all. */
const PROBE_LEVEL = 1;
/** Up to this level compressing is about as quick as probing. */
const MAX_LEVEL_WITHOUT_PROBE = 3;
/** Share of its size that a chunk must lose at the quick level to be worth the full one. */
const WORTHWHILE_SAVING = 0.02;

export interface CompressOptions {
  /** 1..22. From 20 on compressing takes more than 500 MB of memory. */
  readonly level: number;
}

/**
 * Compresses to independent zstd frames (RFC 8878), one for each 32 MiB of input, with content size and checksum.
 * Frames in a row are a legal zstd file: `zstd -d` reads it. Empty input gives one empty frame.
 *
 * @throws ZstdError when the level does not exist
 */
export async function* compress(
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: CompressOptions,
): AsyncGenerator<Uint8Array> {
  requireLevel(options.level);
  const library = await loadZstd();
  const reader = createByteReader(content);
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    let length = await reader.fill(chunk);
    do {
      yield compressFrame(library, chunk.subarray(0, length), options.level);
      length = await reader.fill(chunk);
    } while (length > 0);
  } finally {
    await reader.close();
  }
}

/** One frame of at most 32 MiB of content: frames are independent, so that several threads can make them. */
export function compressFrame(library: ZstdLibrary, chunk: Uint8Array, level: number): Uint8Array {
  return withChecksum(smallestFrame(library, chunk, level), xxh64(chunk).low);
}

function smallestFrame(library: ZstdLibrary, chunk: Uint8Array, level: number): Uint8Array {
  if (level <= MAX_LEVEL_WITHOUT_PROBE) return library.compress(chunk, level);
  const probe = library.compress(chunk, PROBE_LEVEL);
  if (probe.length > chunk.length * (1 - WORTHWHILE_SAVING)) return probe;
  return library.compress(chunk, level);
}

function requireLevel(level: number): void {
  if (!Number.isInteger(level) || level < MIN_LEVEL || level > MAX_LEVEL) {
    throw new ZstdError(`The zstd level is a whole number from ${MIN_LEVEL} to ${MAX_LEVEL}, not ${level}.`);
  }
}
