/** Time made for tests. */

import type { Clock } from './transmit/clock.js';

export interface TestClock extends Clock {
  /** Lets time pass at once; those who wait are woken in their order. */
  advance(milliseconds: number): Promise<void>;
  /** Sets the time of day forward or back; `now()` goes on as before. */
  set(milliseconds: number): void;
  /** How many wait for the time to pass. */
  readonly sleepers: number;
}

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that stands still unless it is told otherwise. @param unix Unix time in milliseconds at its beginning */
export function testClock(unix = Date.UTC(2026, 5, 1)): TestClock {
  let now = 0;
  let offset = 0;
  let sleepers: { time: number; wake(): void }[] = [];
  return {
    now: () => now,
    unix: () => unix + offset + now,
    set: (milliseconds) => {
      offset += milliseconds;
    },
    get sleepers() {
      return sleepers.length;
    },
    until: (time, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return void setImmediate(resolve);
        const wake = () => {
          signal?.removeEventListener('abort', wake);
          sleepers = sleepers.filter((each) => each !== sleeper);
          resolve();
        };
        const sleeper = { time, wake };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', wake);
      }),
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await turnOfTheLoop();
        const next = sleepers.reduce((least, { time }) => Math.min(least, time), Number.POSITIVE_INFINITY);
        if (next > end) break;
        now = Math.max(now, next);
        const due = sleepers.filter(({ time }) => time <= now);
        sleepers = sleepers.filter(({ time }) => time > now);
        for (const { wake } of due) wake();
      }
      now = end;
    },
  };
}
