import { ReceiveError } from '../../error.js';
import type { Failure } from './protocol.js';

/** What the page tells of an error: a store has one user, and says so with a class of its own. */
export function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  return { isInUse: error instanceof ReceiveError, text };
}
