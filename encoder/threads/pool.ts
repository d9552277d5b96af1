import { setImmediate } from 'node:timers/promises';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import { createThreadPool } from '../../codecs/node/threads/thread-pool.js';

const WORKER = new URL('worker.js', import.meta.url);

/** A kind of work that is shared among threads. Setup, input and output are copied between them. */
export interface JobKind<Setup, Input, Output> {
  /** Names it to the threads (worker.ts). */
  readonly name: string;
  /** Loads what the work needs, once for many jobs. */
  prepare(setup: Setup): Promise<(input: Input) => MaybePromise<Output>>;
}

/** Does jobs of one kind, several at a time. */
export interface Pool<Input, Output> {
  /** Jobs that other threads work on at a time. */
  readonly size: number;
  /**
   * @param transfer memory of the input that the job may keep: it is gone for the caller
   * @throws what the job throws, as `errorFrom` tells it
   */
  run(input: Input, transfer?: ArrayBuffer[]): Promise<Output>;
}

export interface PoolOptions {
  /** Threads to work with; with 0 this one works. */
  readonly threads: number;
  /** Aborted when the results are no longer wanted; jobs fail with its reason. */
  readonly interrupted?: AbortSignal | undefined;
}

/** Options for `jobs` jobs: no thread without work, and a single job is done here. */
export function atMost(options: PoolOptions, jobs: number): PoolOptions {
  return { ...options, threads: jobs > 1 ? Math.min(options.threads, jobs) : 0 };
}

/** What a thread is told when it starts. */
export interface WorkerSetup {
  /** Name of the kind. */
  readonly kind: string;
  readonly setup: unknown;
}

/** Gives `use` a pool, whose threads have ended when this returns. */
export async function withPool<Setup, Input, Output, T>(
  kind: JobKind<Setup, Input, Output>,
  setup: Setup,
  { threads: size, interrupted }: PoolOptions,
  use: (pool: Pool<Input, Output>) => Promise<T>,
): Promise<T> {
  interrupted?.throwIfAborted();
  if (size === 0) return use(await inThisThread(kind, setup, interrupted));
  const workerData: WorkerSetup = { kind: kind.name, setup };
  const threads = createThreadPool<Input, Output>(WORKER, size, workerData);
  const abort = () => threads.fail(interrupted!.reason);
  interrupted?.addEventListener('abort', abort);
  try {
    return await use({ size, run: threads.run });
  } finally {
    interrupted?.removeEventListener('abort', abort);
    await threads.close();
  }
}

/**
 * Yields the results of jobs in the order of their inputs.
 *
 * @param ahead jobs that wait besides those that are worked on
 */
export async function* inOrder<Input, Output>(
  pool: Pool<Input, Output>,
  inputs: AsyncIterable<Input> | Iterable<Input>,
  transfer?: (input: Input) => ArrayBuffer[],
  ahead = 1,
): AsyncGenerator<Output> {
  const running: Promise<Output>[] = [];
  for await (const input of inputs) {
    const result = pool.run(input, transfer?.(input));
    // It is awaited in its turn, or not at all when an earlier one fails.
    result.catch(() => {});
    running.push(result);
    if (running.length >= pool.size + ahead) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}

async function inThisThread<Setup, Input, Output>(
  kind: JobKind<Setup, Input, Output>,
  setup: Setup,
  interrupted: AbortSignal | undefined,
): Promise<Pool<Input, Output>> {
  const work = await kind.prepare(setup);
  return {
    size: 0,
    async run(input) {
      // Signals are heard between jobs.
      await setImmediate();
      interrupted?.throwIfAborted();
      return work(input);
    },
  };
}
