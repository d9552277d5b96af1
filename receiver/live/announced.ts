import type { Receiver } from '../engine/interface.js';
import { isUnfinished } from '../engine/objects/reception.js';
import type { EditionStatus } from '../engine/room/status.js';
import { monotonic } from './monotonic.js';

/** Milliseconds that nothing new is announced before all is known: the tables of a session come one after the other. */
const QUIET = 2_000;

/**
 * Watches what is announced from now on.
 *
 * @returns whether all of it has come to an end, for better or worse
 */
export function watchAnnounced(receiver: Pick<Receiver, 'on' | 'objects'>) {
  const announced = new Set<string>();
  let latest = monotonic();
  receiver.on('announced', ({ id }) => {
    announced.add(id);
    latest = monotonic();
  });
  return {
    isComplete(editions: readonly EditionStatus[]): boolean {
      const objects = receiver.objects();
      const isHeard = objects.some(({ object }) => object.kind === 'index');
      if (!isHeard || monotonic() - latest < QUIET) return false;
      const isMissing = editions.some(({ parts }) =>
        parts.some(({ state }) => state === 'missing' || state === 'receiving'),
      );
      if (isMissing) return false;
      return !objects.some(
        (each) => isUnfinished(each) && (each.object.kind === 'index' || announced.has(each.object.id)),
      );
    },
  };
}
