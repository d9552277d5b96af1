import type { SourceBlock } from '../../codecs/fec/index.js';
import type { OpenFile } from '../../codecs/node/open-file.js';
import type { ObjectDigests } from '../engine/processing/processor.js';
import type { HashAlgorithm, WorkerPool } from './tasks.js';

/** Hashes an object as far as it is rebuilt without a gap. */
export interface HashAhead {
  /** A block is rebuilt. */
  add(block: SourceBlock): void;
  /** A block will be rebuilt, perhaps anew. */
  spoil(block: SourceBlock): void;
  /** Hashes what is left. */
  digests(): Promise<ObjectDigests>;
  /** Fulfilled when nothing is read any more. */
  abandon(): Promise<void>;
}

/** Each algorithm has its thread, which remembers how far it came. */
const THREAD_OF: Readonly<Record<HashAlgorithm, number>> = { blake2b512: 0, sha256: 1 };

export function createHashAhead(
  pool: WorkerPool,
  object: string,
  length: number,
  sink: () => OpenFile,
): HashAhead {
  const rebuilt = new Map<number, SourceBlock>();
  let hashed = 0;
  let running: Promise<unknown>[] = [];
  let abandoned = false;

  function hash(from: number, to: number): void {
    if (from === to || abandoned) return;
    for (const algorithm of ['blake2b512', 'sha256'] as const) {
      const input = { object, algorithm, sink: sink(), from, to };
      const task = pool.run('hash', input, [], THREAD_OF[algorithm]);
      task.catch(() => {});
      running.push(task);
    }
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
    async digests() {
      hash(hashed, length);
      hashed = length;
      await Promise.all(running);
      running = [];
      const digest = (algorithm: HashAlgorithm) =>
        pool.run('digest', { object, algorithm }, [], THREAD_OF[algorithm]);
      const [sha256, blake2b512] = await Promise.all([digest('sha256'), digest('blake2b512')]);
      return { sha256, blake2b512 };
    },
    async abandon() {
      abandoned = true;
      await Promise.allSettled(running);
    },
  };
}
