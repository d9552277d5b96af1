import { performance } from 'node:perf_hooks';

/** Time as the parts of an uplink see it; tests give their own. */
export interface Clock {
  /** Monotonic time in milliseconds, with a fraction. */
  now(): number;
  /** Unix time in milliseconds. */
  unix(): number;
  /** Fulfilled when `now()` has reached `time`, in no case before the event loop has turned, or when `signal` aborts. */
  until(time: number, signal?: AbortSignal): Promise<void>;
}

/** Timers of the operating system wake up this much late, and Node rounds to whole milliseconds. */
const TIMER_SLACK = 2;
/** Longer timers than this wrap around in Node. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The time of this machine. The last two milliseconds before `until` are waited for by `wait`. */
export function systemClock(wait: (milliseconds: number) => void = () => {}): Clock {
  return {
    now: () => performance.now(),
    unix: Date.now,
    until: (time, signal) =>
      new Promise((resolve) => {
        const step = () => {
          const rest = time - performance.now();
          if (rest <= 0 || signal?.aborted) return end();
          if (rest > TIMER_SLACK) return sleep(rest);
          wait(rest);
          setImmediate(step);
        };
        let timer: NodeJS.Timeout | undefined;
        const sleep = (rest: number) => {
          timer = setTimeout(step, Math.min(rest - TIMER_SLACK, LONGEST_TIMER));
        };
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        signal?.addEventListener('abort', end);
        setImmediate(step);
      }),
  };
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps in this thread to within some microseconds; for a thread that has nothing else to do. */
export function blockThread(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}
