/** Does something after a while; where there is a process, it does not wait for this. */
export function startTimer(work: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer = setTimeout(work, milliseconds);
  (timer as { unref?(): unknown }).unref?.();
  return timer;
}

/** Things to be done after a fixed time. */
export interface Delayed {
  add(work: () => void): void;
  /** What was not done is left. */
  close(): void;
}

/** @param milliseconds with `Infinity` nothing is ever done */
export function createDelayed(milliseconds: number): Delayed {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  return {
    add(work) {
      if (milliseconds === Number.POSITIVE_INFINITY) return;
      const timer = startTimer(() => {
        timers.delete(timer);
        work();
      }, milliseconds);
      timers.add(timer);
    },
    close() {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
