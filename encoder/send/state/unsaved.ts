import { describeError } from '../../../codecs/node/command.js';
import type { OnUplinkEvent } from '../monitoring/events.js';

/** Milliseconds between two words on it. */
const INTERVAL = 60_000;

/** Counts how often the state could not be written, and tells of it at most once a minute. */
export function watchUnsaved(now: () => number, onEvent: OnUplinkEvent) {
  let count = 0;
  let told = Number.NEGATIVE_INFINITY;
  return {
    get count() {
      return count;
    },
    note(error: unknown): void {
      count++;
      if (now() - told < INTERVAL) return;
      told = now();
      const message =
        `The state cannot be written, and sending goes on: after the next start some symbols may be sent once more. ` +
        describeError(error);
      onEvent({ type: 'problem', message });
    },
  };
}
