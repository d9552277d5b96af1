/** zstd compression (RFC 8878) in bounded memory: a file is a row of independent frames. */

export {
  type CompressOptions,
  chunkBytesFor,
  chunkMemory,
  compress,
  compressFrame,
  fillChunks,
  requireLevel,
} from './compress.js';
export {
  type DecodedFrame,
  type DecodeFrame,
  type DecompressOptions,
  decompress,
  decompressFrame,
  type RawBlock,
} from './decompress.js';
export { ZstdError } from './error.js';
export { createFrameMemory, type FrameMemory } from './frame-memory.js';
export { loadZstd, type ZstdLibrary } from './library.js';
export {
  CHUNK_BYTES,
  frameBound,
  MAX_FRAME_CONTENT,
  MAX_LEVEL,
  MIN_LEVEL,
} from './limits.js';
