/** Input up to this size is one frame: smaller ones compress worse, and for one frame both sides have room. */
export const MAX_CHUNK_BYTES = 32 * 1024 * 1024;

/** Bytes of larger input that one frame holds; frames are independent, so this bounds the memory of both sides. */
export const CHUNK_BYTES = 16 * 1024 * 1024;

/** The most that a frame of `length` bytes of content takes: headers of its blocks, checksum. */
export function frameBound(length: number): number {
  return length + Math.ceil(length / 256) + 1024;
}

/** The largest content and the largest window of a frame that is read: the same 128 MiB as `zstd -d` without --long. */
export const MAX_FRAME_CONTENT = 128 * 1024 * 1024;

/** Blocks may be empty: a frame of the largest content takes no more than this much input. */
export const MAX_FRAME_BYTES = MAX_FRAME_CONTENT + 1024 * 1024;

export const MIN_LEVEL = 1;
export const MAX_LEVEL = 22;
