import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';

/** Milliseconds in which compilations that were begun come to their end. */
const COMPILERS_SETTLE = 50;
/** Milliseconds that a thread has for the work it is at: signals are obeyed within a second. */
const LAST_WORK = 500;

/**
 * Awaited as the last thing of an executable: Node 20 can wait for ever at its exit for a compilation in the background
 * that itself waits for a garbage collection of the main thread (nodejs/node #54918).
 */
export async function settleBeforeExit(): Promise<void> {
  setFlagsFromString('--no-concurrent-recompilation');
  await compilersSettle();
}

/**
 * Awaited as the last thing of a thread, which does nothing meanwhile: Node 20 aborts the whole process (`Assertion
 * failed: (data.first) != nullptr`) when a compilation in the background needs memory after its thread was taken off
 * the list of threads, and before V8 has ended the compilations.
 */
export async function compilersSettle(): Promise<void> {
  await setTimeout(COMPILERS_SETTLE);
}

/**
 * Ends a thread when it has been idle for long enough.
 *
 * @param busy whether it is at work: its next message is waited for, but for less than a second
 */
export async function endThread(worker: Worker, busy: boolean): Promise<void> {
  if (busy) {
    const rest = new Promise((resolve) => worker.once('message', resolve).once('exit', resolve));
    await Promise.race([rest, setTimeout(LAST_WORK, undefined, { ref: false })]);
  }
  await compilersSettle();
  await worker.terminate();
}
