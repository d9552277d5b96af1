import { availableParallelism } from 'node:os';
import { parentPort, Worker } from 'node:worker_threads';
import { CliError, describeError } from '../../codecs/cli.js';
import { endThread } from '../../codecs/process/node.js';

/** Makes what carries out tasks; done once for each worker. */
export type Prepare<T, R> = () => Promise<(task: T) => R | Promise<R>>;

/** Work for several cores. */
export interface Workshop<T, R> {
  /** The module that calls `serveTasks`, built. */
  readonly worker: URL;
  /** The same for this process. */
  readonly prepare: Prepare<T, R>;
}

type Reply<R> = { readonly result: R } | { readonly error: string };

export function allCores(): number {
  return availableParallelism();
}

/**
 * Carries out tasks, each worker taking the next one when it is done; the results come in any order.
 *
 * @param jobs workers; with 1 everything happens in this process
 * @throws CliError when a task fails; tasks that are under way are given up
 */
export async function runTasks<T, R>(
  { worker, prepare }: Workshop<T, R>,
  tasks: readonly T[],
  jobs: number,
  onResult: (result: R) => void,
): Promise<void> {
  if (jobs === 1 || tasks.length <= 1) {
    const run = await prepare();
    for (const task of tasks) {
      onResult(await run(task));
      // A turn of the event loop: the progress bar is drawn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return;
  }
  let next = 0;
  const workers = Array.from({ length: Math.min(jobs, tasks.length) }, () => new Worker(worker));
  const busy = new Set<Worker>();
  const work = (thread: Worker) =>
    new Promise<void>((resolve, reject) => {
      const take = () => {
        if (next === tasks.length) return resolve();
        busy.add(thread);
        thread.postMessage(tasks[next++]);
      };
      thread.on('message', (reply: Reply<R>) => {
        busy.delete(thread);
        if ('error' in reply) return reject(new CliError(reply.error));
        try {
          onResult(reply.result);
        } catch (error) {
          return reject(error);
        }
        take();
      });
      thread.on('error', reject);
      take();
    });
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((thread) => endThread(thread, busy.has(thread))));
  }
}

/** A worker's whole program. */
export function serveTasks<T, R>(prepare: Prepare<T, R>): void {
  const port = parentPort!;
  const prepared = prepare();
  port.on('message', async (task: T) => {
    let reply: Reply<R>;
    try {
      reply = { result: await (await prepared)(task) };
    } catch (error) {
      reply = { error: describeError(error) };
    }
    port.postMessage(reply);
  });
}
