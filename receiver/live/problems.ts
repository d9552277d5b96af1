import { printable } from '../../codecs/text.js';
import type { TellProblem } from '../state/state.js';
import type { OnListenEvent } from './events.js';

/** Milliseconds between two words on the same cause: hostile input makes as many as it likes. */
const INTERVAL = 60_000;
/** Causes that are remembered. */
const MAX_CAUSES = 1024;

/** Tells of a problem, unless one of the same cause was told less than a minute ago. */
export function createProblems(onEvent: OnListenEvent, now: () => number): TellProblem {
  const told = new Map<string, number>();
  return (cause, message) => {
    const last = told.get(cause);
    if (last !== undefined && now() - last < INTERVAL) return;
    told.delete(cause);
    told.set(cause, now());
    if (told.size > MAX_CAUSES) told.delete(told.keys().next().value!);
    onEvent({ type: 'problem', message: printable(message) });
  };
}
