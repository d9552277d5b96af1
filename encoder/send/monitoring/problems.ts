import type { OnUplinkEvent } from './events.js';

/** Something that needs attention, and still does. */
export interface StandingProblem {
  readonly bundle?: string | undefined;
  /** A sentence. */
  readonly message: string;
  /** Unix time in milliseconds of its beginning. */
  readonly since: number;
}

/** What needs attention, until it is mended. */
export interface Problems {
  /** Those that stand, the oldest first. */
  readonly standing: readonly StandingProblem[];
  /**
   * There is a problem. It is told when it is new or another one than before.
   *
   * @param cause names it; another message of the same cause takes its place
   */
  raise(cause: string, message: string, about?: { readonly bundle?: string; readonly again?: boolean }): void;
  /** It is mended, which is told if there was one. */
  mend(cause: string): void;
  /** Nobody wants to know any more. */
  drop(cause: string): void;
}

/** @param unix Unix time in milliseconds */
export function createProblems(onEvent: OnUplinkEvent, unix: () => number): Problems {
  const all = new Map<string, StandingProblem>();
  return {
    get standing() {
      return [...all.values()];
    },
    raise(cause, message, { bundle, again = false } = {}) {
      const before = all.get(cause);
      if (before?.message === message && !again) return;
      const named = bundle === undefined ? {} : { bundle };
      all.set(cause, { ...named, message, since: before?.since ?? unix() });
      onEvent({ type: 'problem', ...named, message });
    },
    mend(cause) {
      const mended = all.get(cause);
      if (mended === undefined) return;
      all.delete(cause);
      const { since, ...what } = mended;
      onEvent({ type: 'mended', ...what, seconds: Math.max(0, Math.round((unix() - since) / 1000)) });
    },
    drop: (cause) => void all.delete(cause),
  };
}
