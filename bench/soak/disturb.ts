import { setTimeout as delay } from 'node:timers/promises';
import type { Prng } from '../channel/index.js';
import type { Actor } from './actor.js';
import { around } from './random.js';

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
  actor: Actor,
  { life, down }: Timing,
  random: Prng,
  until: AbortSignal,
): Promise<void> {
  for (;;) {
    await pause(around(life, random), until);
    if (until.aborted) return;
    await actor.end('SIGKILL');
    await pause(around(down, random), until);
    actor.start();
  }
}
