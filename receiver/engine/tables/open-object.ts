import { parseAlc } from '../../../codecs/alc/index.js';
import type { Announcement, Evidence } from '../objects/announcement.js';
import { createReception, type Reception } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { isOlder, type Receptions } from '../objects/receptions.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { type Pending, pendingKey } from '../waiting/pending.js';
import type { Session } from './sessions.js';

export interface OpeningParts {
  readonly context: ReceptionContext;
  readonly receptions: Receptions;
  readonly pending: Pending;
  readonly limits: Pick<ReceiverLimits, 'maxObjects'>;
}

/** Starts to receive an announced object, or adds a session to one that is known from another. */
export type Open = (
  key: string,
  session: Session,
  announcement: Announcement,
  evidence: Evidence,
) => Promise<void>;

export function createOpening({ context, receptions, pending, limits }: OpeningParts): Open {
  const { counters, emit, reject, schemes } = context;

  function assign(session: Session, toi: number, reception: Reception): void {
    session.objects.delete(toi);
    session.objects.set(toi, reception);
    if (session.objects.size > 2 * limits.maxObjects) {
      session.objects.delete(session.objects.keys().next().value!);
    }
  }

  return async (key, session, announcement, evidence) => {
    const { id, toi, edition, session: info } = announcement.info;
    const current = session.objects.get(toi);
    // A replayed table must not take a TOI away from a newer edition.
    if (current?.state === 'receiving' && isOlder(edition, current.info.edition)) return;
    let reception = receptions.get(id);
    if (reception === undefined) {
      reception = createReception(announcement, context);
      reception.lastHeard = counters.datagrams;
      if (!(await receptions.add(reception))) {
        const detail = `The object with TOI ${toi} is left out: there are too many objects.`;
        return reject({ reason: 'too-many', detail, session: info });
      }
      assign(session, toi, reception);
      if (reception.state === 'receiving') {
        emit('announced', reception.info);
        await reception.announced(evidence);
        await reception.begin();
      }
    } else {
      assign(session, toi, reception);
      await reception.announced(evidence);
    }
    const waited = pending.take(pendingKey(key, toi));
    for (const datagram of waited) await reception.take(datagram, parseAlc(datagram, schemes));
    // the store still has it twice, and may forget the first now
    if (waited.length > 0) await reception.checked();
  };
}
