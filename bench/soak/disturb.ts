import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../channel/index.js';
import type { ChildProgram } from './child-program.js';

/** Milliseconds, on average: from the start of a process to its kill, and until it is started again. */
export interface Timing {
  readonly life: number;
  readonly down: number;
}

/** Fulfilled after some milliseconds, or when the signal aborts. */
export async function pause(milliseconds: number, until: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal: until }).catch(() => {});
}

/** Kills a process again and again and starts it again; when `until` aborts it is left running. */
export async function killAtRandom(
  child: ChildProgram,
  { life, down }: Timing,
  random: Prng,
  until: AbortSignal,
): Promise<void> {
  for (;;) {
    await pause(around(life, random), until);
    if (until.aborted) return;
    await child.end('SIGKILL');
    await pause(around(down, random), until);
    child.start();
  }
}

/** A number around the mean, from half of it to one and a half. */
export const around = (mean: number, random: Prng) => mean * (0.5 + random.uniform());
