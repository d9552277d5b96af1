/** What the executables and threads share that only Node has. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Worker } from 'node:worker_threads';

/** Milliseconds in which compilations that were begun come to their end. */
const COMPILERS_SETTLE = 50;
/** Milliseconds that a thread has for the work it is at. */
const LAST_WORK = 1000;

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
 * @param busy whether it is at work: its next message is waited for, but not for longer than a second
 */
export async function endThread(worker: Worker, busy: boolean): Promise<void> {
  if (busy) {
    const rest = new Promise((resolve) => worker.once('message', resolve).once('exit', resolve));
    await Promise.race([rest, setTimeout(LAST_WORK, undefined, { ref: false })]);
  }
  await compilersSettle();
  await worker.terminate();
}

/** A name beside `target` for what will replace it; it tells which process is at work on it. */
export function temporaryName(target: string, suffix: string): string {
  return join(
    dirname(target),
    `.${basename(target)}.${process.pid}-${randomBytes(4).toString('hex')}${suffix}`,
  );
}

/** Removes what processes that were killed have left under such names. */
export async function removeStale(target: string, suffix: string): Promise<void> {
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const pid = /^([0-9]+)-[0-9a-f]{8}$/.exec(name.slice(prefix.length, -suffix.length))?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The process that holds a lock already. */
export interface LockHolder {
  readonly holder: number;
}

/**
 * Keeps a second process from using the same files. A lock whose process has ended, or was made before the machine was
 * last started, is taken over.
 *
 * @param path of the lock file
 * @returns gives the lock back
 */
export async function lockFile(path: string): Promise<(() => Promise<void>) | LockHolder> {
  for (;;) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await holderOf(path);
    if (holder !== undefined) return { holder };
    await rm(path, { force: true });
  }
}

/** The process that holds the lock, unless it has ended or the machine was started since. */
async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const pid = Number(text);
  if (text === undefined || !Number.isInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  const mtimeMs = await stat(path).then(
    (entry) => entry.mtimeMs,
    () => 0,
  );
  if (mtimeMs < Date.now() - uptime() * 1000) return undefined;
  return isRunning(pid) ? pid : undefined;
}
