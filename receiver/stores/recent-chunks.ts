import type { Chunk } from './chunk.js';

/** Chunks that were read or written last, so that datagrams which come again are not read one by one. */
export interface RecentChunks {
  get(object: number, chunk: number): Chunk | undefined;
  has(object: number, chunk: number): boolean;
  add(object: number, chunk: Chunk): void;
}

/** Up to 16 MiB: a chunk has 256 KiB at most. The datagrams of a loop go round the blocks of a few objects, each with a chunk of its own. */
const CAPACITY = 64;

export function createRecentChunks(): RecentChunks {
  const chunks = new Map<string, Chunk>();
  return {
    get(object, chunk) {
      const key = `${object}/${chunk}`;
      const found = chunks.get(key);
      if (found === undefined) return undefined;
      chunks.delete(key);
      chunks.set(key, found);
      return found;
    },
    has: (object, chunk) => chunks.has(`${object}/${chunk}`),
    add(object, chunk) {
      const key = `${object}/${chunk.number}`;
      chunks.delete(key);
      chunks.set(key, chunk);
      if (chunks.size > CAPACITY) chunks.delete(chunks.keys().next().value!);
    },
  };
}
