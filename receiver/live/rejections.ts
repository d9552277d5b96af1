import { printable } from '../../codecs/text.js';
import type { Rejection, RejectionReason } from '../engine/ports/events.js';
import type { Receiver } from '../engine/receiver.js';
import { REPORTED_REASONS } from '../recordings/collection.js';
import type { OnListenEvent } from './events.js';

/** Milliseconds between two words on rejections for the same reason: hostile input makes as many as it likes. */
const INTERVAL = 60_000;

/** What an operator can do something about: an object for which there is no room has a session, what is merely too fast has none. */
function isReported({ reason, session }: Rejection): boolean {
  return (
    REPORTED_REASONS.has(reason) ||
    reason === 'untrusted-publisher' ||
    (reason === 'too-many' && session !== undefined)
  );
}

/** Tells of rejections that concern more than a datagram. */
export function reportRejections(receiver: Receiver, onEvent: OnListenEvent, now: () => number): void {
  const told = new Map<RejectionReason, number>();
  receiver.on('rejected', (rejection) => {
    if (!isReported(rejection)) return;
    const { reason, detail } = rejection;
    const last = told.get(reason);
    if (last !== undefined && now() - last < INTERVAL) return;
    told.set(reason, now());
    onEvent({ type: 'problem', message: printable(detail) });
  });
}
