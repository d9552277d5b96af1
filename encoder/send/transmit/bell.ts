/** Wakes whoever waits, or is the next to wait. */
export interface Bell {
  /** Aborted from the ring on until it is answered. */
  readonly signal: AbortSignal;
  ring(): void;
  /** True when it has rung since the last answer. */
  answer(): boolean;
}

export function createBell(): Bell {
  let controller = new AbortController();
  return {
    get signal() {
      return controller.signal;
    },
    ring: () => controller.abort(),
    answer() {
      const hasRung = controller.signal.aborted;
      if (hasRung) controller = new AbortController();
      return hasRung;
    },
  };
}
