import { describeError } from '../../../codecs/node/command.js';
import type { Problems } from '../monitoring/problems.js';

/** Counts how often the state could not be written: a problem that stands until it can. */
export function watchUnsaved(problems: Problems) {
  let count = 0;
  return {
    get count() {
      return count;
    },
    note(error: unknown): void {
      count++;
      const message =
        `The state cannot be written, and sending goes on: after the next start some symbols may be sent once more. ` +
        describeError(error);
      problems.raise('state', message);
    },
    saved: () => problems.mend('state'),
  };
}
