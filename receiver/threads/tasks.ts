import type { ObjectParameters, SourceBlock } from '../../codecs/fec/index.js';
import type { OpenFile } from '../../codecs/node/open-file.js';
import { createThreadPool } from '../../codecs/node/threads/thread-pool.js';
import type { DecodedFrame } from '../../codecs/zstd/index.js';
import type { Rebuilt } from '../engine/processing/rebuild-block.js';
import type { KeysByTsi, SignedBatch } from '../engine/processing/signed-batch.js';

export interface RebuildTask {
  readonly parameters: ObjectParameters;
  readonly block: SourceBlock;
  readonly store: OpenFile;
  readonly references: Float64Array;
  readonly sink: OpenFile;
}

export interface VerifyTask {
  readonly batch: SignedBatch;
  readonly keys: KeysByTsi;
  readonly objectId: Uint8Array;
}

/** The next bytes of an object, for a thread that hashed those before. */
export interface HashTask {
  readonly object: string;
  readonly sink: OpenFile;
  readonly from: number;
  readonly to: number;
}

export interface DecompressTask {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly capacity: number;
}

/** What is done in other threads. Input and output are copied between them, or their memory goes there and back. */
export interface Tasks {
  /** A source block is read from the store and written to the sink. */
  rebuild: { input: RebuildTask; output: Rebuilt };
  verify: {
    input: VerifyTask;
    output: { readonly batch: SignedBatch; readonly genuine: readonly boolean[] };
  };
  hash: { input: HashTask; output: undefined };
  /** SHA-256 of all that was hashed of an object, which is forgotten. */
  digest: { input: Pick<HashTask, 'object'>; output: Uint8Array };
  decompress: { input: DecompressTask; output: DecodedFrame };
}

export type TaskKind = keyof Tasks;
export type Input<K extends TaskKind> = Tasks[K]['input'];
export type Output<K extends TaskKind> = Tasks[K]['output'];

export interface Request<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly input: Input<K>;
}

/** Threads that do these tasks, each thread one at a time. */
export interface WorkerPool {
  readonly threads: number;
  /** Parameters and errors are those of `ThreadPool`. */
  run<K extends TaskKind>(
    kind: K,
    input: Input<K>,
    transfer?: readonly ArrayBuffer[],
    thread?: number,
  ): Promise<Output<K>>;
  close(): Promise<void>;
}

/** Threads are started when there is work for them. */
export function createWorkerPool(size: number): WorkerPool {
  const pool = createThreadPool<Request, never>(new URL('worker.js', import.meta.url), size);
  return {
    threads: size,
    run: (kind, input, transfer, thread) => pool.run({ kind, input }, transfer, thread),
    close: pool.close,
  };
}
