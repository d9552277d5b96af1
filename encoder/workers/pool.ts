import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { endThread } from '../../codecs/process/node.js';
import { type JobKind, type Jobs, prepare } from './jobs.js';
import { errorFrom, type Reply, type Request } from './messages.js';

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

/** Gives `use` a pool, whose threads have ended when this returns. */
export async function withPool<K extends JobKind, T>(
  kind: K,
  setup: Jobs[K]['setup'],
  { threads: size, interrupted }: PoolOptions,
  use: (pool: Pool<Jobs[K]['input'], Jobs[K]['output']>) => Promise<T>,
): Promise<T> {
  interrupted?.throwIfAborted();
  if (size === 0) return use(await inThisThread(kind, setup, interrupted));
  const threads = createThreads({ kind, setup } as WorkerSetup, size);
  const abort = () => threads.fail(interrupted!.reason);
  interrupted?.addEventListener('abort', abort);
  try {
    return await use(threads.pool as Pool<Jobs[K]['input'], Jobs[K]['output']>);
  } finally {
    interrupted?.removeEventListener('abort', abort);
    await threads.end();
  }
}

/** Yields the results of jobs in the order of their inputs; one job more than are worked on waits. */
export async function* inOrder<Input, Output>(
  pool: Pool<Input, Output>,
  inputs: AsyncIterable<Input> | Iterable<Input>,
  transfer?: (input: Input) => ArrayBuffer[],
): AsyncGenerator<Output> {
  const running: Promise<Output>[] = [];
  for await (const input of inputs) {
    const result = pool.run(input, transfer?.(input));
    // It is awaited in its turn, or not at all when an earlier one fails.
    result.catch(() => {});
    running.push(result);
    if (running.length > pool.size) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}

/** What a thread is told when it starts. */
export type WorkerSetup = { [K in JobKind]: { kind: K; setup: Jobs[K]['setup'] } }[JobKind];

async function inThisThread<K extends JobKind>(
  kind: K,
  setup: Jobs[K]['setup'],
  interrupted: AbortSignal | undefined,
): Promise<Pool<Jobs[K]['input'], Jobs[K]['output']>> {
  const work = await prepare(kind, setup);
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

/** Threads run compiled JavaScript: from the sources, that of the last build. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/encoder/workers/worker.js', import.meta.url)
  : new URL('worker.js', import.meta.url);

interface Waiting {
  readonly request: Request;
  readonly transfer: ArrayBuffer[];
  resolve(output: unknown): void;
  reject(error: unknown): void;
}

function createThreads(workerData: WorkerSetup, size: number) {
  const idle: Worker[] = [];
  const waiting: Waiting[] = [];
  const working = new Map<Worker, Waiting>();
  let failure: { readonly reason: unknown } | undefined;

  const fail = (reason: unknown) => {
    failure ??= { reason };
    for (const { reject } of [...working.values(), ...waiting.splice(0)]) reject(failure.reason);
  };
  const assign = () => {
    while (idle.length > 0 && waiting.length > 0) {
      const worker = idle.pop()!;
      const next = waiting.shift()!;
      working.set(worker, next);
      worker.postMessage(next.request, next.transfer);
    }
  };
  const workers = Array.from({ length: size }, () => {
    const worker = new Worker(WORKER, { workerData });
    worker.on('message', (reply: Reply) => {
      const done = working.get(worker)!;
      working.delete(worker);
      idle.push(worker);
      if ('error' in reply) done.reject(errorFrom(reply.error));
      else done.resolve(reply.output);
      assign();
    });
    worker.on('error', fail);
    worker.on('exit', () => {
      fail(new Error('A worker thread ended before its work was done.'));
      working.delete(worker);
    });
    return worker;
  });
  idle.push(...workers);
  return {
    pool: {
      size,
      run: (input: unknown, transfer: ArrayBuffer[] = []) =>
        new Promise<unknown>((resolve, reject) => {
          if (failure !== undefined) return reject(failure.reason);
          waiting.push({ request: { input }, transfer, resolve, reject });
          assign();
        }),
    } satisfies Pool<unknown, unknown>,
    fail,
    async end(): Promise<void> {
      await Promise.all(workers.map((worker) => endThread(worker, working.has(worker))));
    },
  };
}
