/** Wakes whoever waits for `signal`, or is the next to wait for it. */
export interface WakeUp {
  /** Aborted from `trigger` on until `reset`. */
  readonly signal: AbortSignal;
  trigger(): void;
  /** True when it was triggered since the last reset. */
  reset(): boolean;
}

export function createWakeUp(): WakeUp {
  let controller = new AbortController();
  return {
    get signal() {
      return controller.signal;
    },
    trigger: () => controller.abort(),
    reset() {
      const wasTriggered = controller.signal.aborted;
      if (wasTriggered) controller = new AbortController();
      return wasTriggered;
    },
  };
}
