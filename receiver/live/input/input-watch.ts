import type { OnListenEvent } from '../events.js';

/** What came in so far. */
export interface Input {
  readonly datagrams: number;
  /** Left out since the program was busy. */
  readonly leftOut: number;
  /** Dropped by the kernel; undefined where it does not say. */
  readonly kernelDrops: number | undefined;
}

/** Looks after the input: silence, and datagrams that get lost in this machine. */
export interface InputWatch {
  /** To be called about once a second. */
  check(): void;
}

/** Milliseconds without a datagram that are worth a word. */
const SILENCE = 60_000;
/** Milliseconds between two words on losses. */
const LOSS_INTERVAL = 10_000;

export function createInputWatch(onEvent: OnListenEvent, look: () => Input, now: () => number): InputWatch {
  let before = look();
  let toldKernel = before.kernelDrops ?? 0;
  let toldLeftOut = before.leftOut;
  let lastHeard = now();
  let lastTold = Number.NEGATIVE_INFINITY;
  let silent = false;

  function checkSilence(heard: boolean): void {
    const seconds = Math.round((now() - lastHeard) / 1000);
    if (heard) {
      if (silent) onEvent({ type: 'heard', seconds });
      silent = false;
      lastHeard = now();
    } else if (!silent && now() - lastHeard >= SILENCE) {
      silent = true;
      onEvent({ type: 'silent', seconds });
    }
  }

  function checkLosses({ kernelDrops = toldKernel, leftOut }: Input): void {
    const [kernel, program] = [kernelDrops - toldKernel, leftOut - toldLeftOut];
    if (kernel + program === 0 || now() - lastTold < LOSS_INTERVAL) return;
    onEvent({ type: 'lost', kernel, program });
    [toldKernel, toldLeftOut, lastTold] = [kernelDrops, leftOut, now()];
  }

  return {
    check() {
      const input = look();
      checkSilence(input.datagrams > before.datagrams);
      checkLosses(input);
      before = input;
    },
  };
}
