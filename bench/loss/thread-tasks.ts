import { availableParallelism } from 'node:os';
import { createThreadPool, serveTasks } from '../../codecs/node/threads/thread-pool.js';

/** Makes what carries out tasks; done once for each worker. */
export type Prepare<T, R> = () => Promise<(task: T) => R | Promise<R>>;

/** Work for several cores. */
export interface TaskKind<T, R> {
  /** The module that calls `serve`. */
  readonly worker: URL;
  /** The same for this process. */
  readonly prepare: Prepare<T, R>;
}

export function allCores(): number {
  return availableParallelism();
}

/**
 * Carries out tasks, each worker taking the next one when it is done; the results come in any order.
 *
 * @param jobs workers; with 1 everything happens in this process
 * @throws what a task throws; tasks that are under way are given up
 */
export async function runTasks<T, R>(
  { worker, prepare }: TaskKind<T, R>,
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
  const pool = createThreadPool<T, R>(worker, Math.min(jobs, tasks.length));
  try {
    await Promise.all(tasks.map(async (task) => onResult(await pool.run(task))));
  } finally {
    await pool.close();
  }
}

/** A worker's whole program. */
export function serve<T, R>(prepare: Prepare<T, R>): void {
  serveTasks<T>(async () => {
    const run = await prepare();
    return async (task) => ({ output: await run(task) });
  });
}
