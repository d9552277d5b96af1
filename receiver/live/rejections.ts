import type { Receiver } from '../engine/interface.js';
import type { Rejection } from '../engine/ports/events.js';
import { REPORTED_REASONS } from '../reported-reasons.js';
import type { TellProblem } from '../state/state.js';

/** What an operator can do something about: an object for which there is no room has a session, what is merely too fast has none. */
function isReported({ reason, session }: Rejection): boolean {
  return (
    REPORTED_REASONS.has(reason) ||
    reason === 'untrusted-publisher' ||
    (reason === 'too-many' && session !== undefined)
  );
}

/** Tells of rejections that concern more than a datagram. */
export function reportRejections(receiver: Pick<Receiver, 'on'>, tellProblem: TellProblem): void {
  receiver.on('rejected', (rejection) => {
    if (isReported(rejection)) tellProblem(rejection.reason, rejection.detail);
  });
}
