import type { SourceBlock } from '../../codecs/fec/index.js';
import type { OpenFile } from '../../codecs/node/open-file.js';
import type { WorkerPool } from './tasks.js';

/** Hashes an object as far as it is rebuilt without a gap. */
export interface HashAhead {
  /** A block is rebuilt. */
  add(block: SourceBlock): void;
  /** A block will be rebuilt, perhaps anew. */
  spoil(block: SourceBlock): void;
  /** Hashes what is left. */
  digest(): Promise<Uint8Array>;
  /** Fulfilled when nothing is read any more. */
  abandon(): Promise<void>;
}

/** @param thread does it all, and remembers how far it came */
export function createHashAhead(
  pool: WorkerPool,
  object: string,
  length: number,
  sink: () => OpenFile,
  thread: number,
): HashAhead {
  const rebuilt = new Map<number, SourceBlock>();
  let hashed = 0;
  let running: Promise<unknown>[] = [];
  let abandoned = false;

  function hash(from: number, to: number): void {
    if (from === to || abandoned) return;
    const task = pool.run('hash', { object, sink: sink(), from, to }, [], thread);
    task.catch(() => {});
    running.push(task);
  }

  return {
    add(block) {
      rebuilt.set(block.offset, block);
      const from = hashed;
      for (let next = rebuilt.get(hashed); next !== undefined; next = rebuilt.get(hashed)) {
        hashed += next.byteLength;
        if (next.byteLength === 0) break;
      }
      hash(from, hashed);
    },
    spoil(block) {
      rebuilt.delete(block.offset);
      // a task that begins at byte 0 begins anew
      if (block.offset < hashed) hashed = 0;
    },
    async digest() {
      hash(hashed, length);
      hashed = length;
      await Promise.all(running);
      running = [];
      return pool.run('digest', { object }, [], thread);
    },
    async abandon() {
      abandoned = true;
      await Promise.allSettled(running);
    },
  };
}
