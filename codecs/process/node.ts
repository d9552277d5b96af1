/** What the executables share that only Node has. */

import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';

/** Milliseconds in which compilations that were begun come to their end. */
const COMPILERS_SETTLE = 50;

/**
 * Awaited as the last thing of an executable: Node 20 can wait for ever at its exit for a compilation in the background
 * that itself waits for a garbage collection of the main thread (nodejs/node #54918).
 */
export async function settleBeforeExit(): Promise<void> {
  setFlagsFromString('--no-concurrent-recompilation');
  await setTimeout(COMPILERS_SETTLE);
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
