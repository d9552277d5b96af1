import { parentPort, Worker } from 'node:worker_threads';
import { endThread } from './end-thread.js';
import { type ErrorMessage, errorFrom, messageOf } from './thread-error.js';

/** Threads that do tasks, each thread one at a time. */
export interface ThreadPool<Input, Output> {
  readonly threads: number;
  /**
   * Has a task done by the first thread that is free, or by a certain one where what it did before counts.
   *
   * @param transfer memory of the input that goes with it: it is gone for the caller
   * @param thread number of the thread, modulo `threads`
   * @throws what the task throws, as `errorFrom` tells it
   */
  run(input: Input, transfer?: readonly ArrayBuffer[], thread?: number): Promise<Output>;
  /** All tasks that are not done, and those to come, fail for this reason. */
  fail(reason: unknown): void;
  /** Ends the threads, each after the task it is at; all tasks that are not done fail. */
  close(): Promise<void>;
}

interface Task {
  readonly input: unknown;
  readonly transfer: readonly ArrayBuffer[];
  resolve(output: never): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker | undefined;
  working: Task | undefined;
  /** For this thread alone. */
  readonly waiting: Task[];
}

type Reply = { readonly output: unknown } | { readonly error: ErrorMessage };

/**
 * Threads are started when there is work for them.
 *
 * @param worker module that calls `serveTasks`
 * @param workerData what each thread is told when it starts
 */
export function createThreadPool<Input, Output>(
  worker: URL,
  size: number,
  workerData?: unknown,
): ThreadPool<Input, Output> {
  const threads = Array.from({ length: size }, (): Thread => {
    return { worker: undefined, working: undefined, waiting: [] };
  });
  /** For any thread. */
  const waiting: Task[] = [];
  let failure: { readonly reason: unknown } | undefined;

  function fail(reason: unknown): void {
    failure ??= { reason };
    const lost = [...waiting.splice(0)];
    for (const thread of threads) {
      if (thread.working !== undefined) lost.push(thread.working);
      lost.push(...thread.waiting.splice(0));
    }
    for (const { reject } of lost) reject(failure.reason);
  }

  function start(thread: Thread): Worker {
    const started = new Worker(worker, { workerData });
    started.on('message', (reply: Reply) => {
      const done = thread.working;
      thread.working = undefined;
      assign(thread);
      if ('error' in reply) done?.reject(errorFrom(reply.error));
      else done?.resolve(reply.output as never);
    });
    started.on('error', fail);
    started.on('exit', () => {
      fail(new Error('A worker thread ended before its work was done.'));
      thread.working = undefined;
    });
    return started;
  }

  function assign(thread: Thread): void {
    if (thread.working !== undefined) return;
    const next = thread.waiting.shift() ?? waiting.shift();
    if (next === undefined) return;
    thread.working = next;
    thread.worker ??= start(thread);
    thread.worker.postMessage(next.input, next.transfer);
  }

  return {
    threads: size,
    run: (input, transfer = [], number) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure.reason);
        const chosen = number === undefined ? undefined : threads[number % size]!;
        (chosen?.waiting ?? waiting).push({ input, transfer, resolve, reject });
        if (chosen !== undefined) return assign(chosen);
        // a thread that runs already is ready at once
        const idle = threads.filter(({ working }) => working === undefined);
        const free = idle.find((thread) => thread.worker !== undefined) ?? idle[0];
        if (free !== undefined) assign(free);
      }),
    fail,
    async close() {
      fail(new Error('The worker threads have ended.'));
      await Promise.all(
        threads.map((thread) => thread.worker && endThread(thread.worker, thread.working !== undefined)),
      );
    },
  };
}

/** What a task gives, and memory of it that goes to the other thread. */
export interface TaskResult {
  readonly output: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/**
 * A worker's whole program: does one task after the other.
 *
 * @param prepare makes what does a task, once; what it throws is reported with each task
 */
export function serveTasks<Input>(
  prepare: () => Promise<(input: Input) => TaskResult | Promise<TaskResult>>,
): void {
  const port = parentPort!;
  const ready = prepare();
  ready.catch(() => {});
  port.on('message', async (input: Input) => {
    try {
      const { output, transfer = [] } = await (await ready)(input);
      port.postMessage({ output } satisfies Reply, transfer);
    } catch (error) {
      port.postMessage({ error: messageOf(error) } satisfies Reply);
    }
  });
}
