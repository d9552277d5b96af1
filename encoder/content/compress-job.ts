import { compressFrame, loadZstd } from '../../codecs/zstd/index.js';

export interface CompressSetup {
  /** Level of zstd, 1..22. */
  readonly level: number;
}

/** A chunk, in memory that has room for its frame. */
export interface CompressJob {
  readonly memory: Uint8Array;
  /** Bytes of the chunk. */
  readonly length: number;
}

/** Turns a chunk into its frame, a view of the same memory. */
export async function prepareCompress({ level }: CompressSetup): Promise<(job: CompressJob) => Uint8Array> {
  const library = await loadZstd();
  return ({ memory, length }) => compressFrame(library, memory, length, level);
}
