import { Worker } from 'node:worker_threads';
import { endThread } from '../../codecs/process/node.js';
import { errorFrom, type Input, type Output, type Reply, type Request, type TaskKind } from './tasks.js';

/** Threads that do tasks, each thread one at a time. */
export interface WorkerPool {
  readonly threads: number;
  /**
   * Has a task done by the first thread that is free, or by a certain one where what it did before counts.
   *
   * @param transfer memory of the input that goes with it: it is gone for the caller
   * @param thread number of the thread, modulo `threads`
   * @throws what the task throws
   */
  run<K extends TaskKind>(
    kind: K,
    input: Input<K>,
    transfer?: readonly ArrayBuffer[],
    thread?: number,
  ): Promise<Output<K>>;
  /** Ends the threads, each after the task it is at; all tasks that are not done fail. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  resolve(output: never): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker | undefined;
  working: Waiting | undefined;
  /** For this thread alone. */
  readonly waiting: Waiting[];
}

/** Threads run compiled JavaScript: from the sources, that of the last build. */
const WORKER = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/receiver/workers/worker.js', import.meta.url)
  : new URL('worker.js', import.meta.url);

/** Threads are started when there is work for them. */
export function createWorkerPool(size: number): WorkerPool {
  const threads = Array.from({ length: size }, (): Thread => {
    return { worker: undefined, working: undefined, waiting: [] };
  });
  /** For any thread. */
  const waiting: Waiting[] = [];
  let failure: { readonly error: unknown } | undefined;

  function fail(error: unknown): void {
    failure ??= { error };
    const lost = [...waiting.splice(0)];
    for (const thread of threads) {
      if (thread.working !== undefined) lost.push(thread.working);
      lost.push(...thread.waiting.splice(0));
    }
    for (const { reject } of lost) reject(failure.error);
  }

  function start(thread: Thread): Worker {
    const worker = new Worker(WORKER);
    worker.on('message', (reply: Reply) => {
      const done = thread.working;
      thread.working = undefined;
      assign(thread);
      if ('error' in reply) done?.reject(errorFrom(reply.error));
      else done?.resolve(reply.output as never);
    });
    worker.on('error', fail);
    worker.on('exit', () => {
      fail(new Error('A worker thread ended before its work was done.'));
      thread.working = undefined;
    });
    return worker;
  }

  function assign(thread: Thread): void {
    if (thread.working !== undefined) return;
    const next = thread.waiting.shift() ?? waiting.shift();
    if (next === undefined) return;
    thread.working = next;
    thread.worker ??= start(thread);
    thread.worker.postMessage(next.request, next.transfer);
  }

  return {
    threads: size,
    run: (kind, input, transfer = [], number) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure.error);
        const chosen = number === undefined ? undefined : threads[number % size]!;
        const task = { request: { kind, input }, transfer, resolve, reject };
        (chosen?.waiting ?? waiting).push(task);
        if (chosen !== undefined) return assign(chosen);
        // a thread that runs already is ready at once
        const idle = threads.filter(({ working }) => working === undefined);
        const free = idle.find(({ worker }) => worker !== undefined) ?? idle[0];
        if (free !== undefined) assign(free);
      }),
    async close() {
      fail(new Error('The worker threads have ended.'));
      await Promise.all(
        threads.map(({ worker, working }) => worker && endThread(worker, working !== undefined)),
      );
    },
  };
}
