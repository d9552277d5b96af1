import { startTimer } from '../engine/turns/delayed.js';

/** Sees to it that what was appended to a store is safe soon. */
export interface Syncing {
  /** Something was appended. */
  soon(): void;
  /** Fulfilled when all that was appended so far is safe. @throws what this or an earlier `save` has thrown */
  now(): Promise<void>;
  /** Fulfilled when no `save` is on its way. */
  settled(): Promise<void>;
  /** @throws what `save` has thrown: what was appended is not safe, so there is no use in more */
  check(): void;
}

/** Milliseconds. */
const DELAY = 500;

/**
 * @param save is called again only when it is done
 * @param delay milliseconds until it is called: what was appended is safe within twice that
 */
export function createSyncing(save: () => Promise<void>, delay = DELAY): Syncing {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;

  function begin(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    saving = saving.then(save).catch((error) => {
      failure ??= { error };
    });
    return saving;
  }

  function check(): void {
    if (failure !== undefined) throw failure.error;
  }

  return {
    soon() {
      if (timer !== undefined) return;
      timer = startTimer(begin, delay);
    },
    async now() {
      await begin();
      check();
    },
    settled: () => saving,
    check,
  };
}
