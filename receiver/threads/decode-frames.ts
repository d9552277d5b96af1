import { type DecodeFrame, decompressFrame, loadZstd } from '../../codecs/zstd/index.js';
import type { WorkerPool } from './tasks.js';

/** Compressed bytes; what is smaller is decompressed before another thread has taken it up. */
const SMALL_FRAME = 1 << 18;

/** Other threads decompress what is large. */
export function createDecodeFrame(pool: WorkerPool): DecodeFrame {
  return async (frame, capacity) => {
    if (frame.length >= SMALL_FRAME) return pool.run('decompress', { frame, capacity }, [frame.buffer]);
    return { content: decompressFrame(await loadZstd(), frame, capacity), memory: frame.buffer };
  };
}
