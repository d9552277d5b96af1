/** What the executables share that only Node has. */

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
