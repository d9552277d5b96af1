import type { ReadDatagram } from '../datagrams/read-datagram.js';
import { advance } from '../objects/advance.js';
import type { Announcement, Evidence } from '../objects/announcement.js';
import { createReception, isReceiving, isUnfinished, type Reception } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { isOlder, type Receptions } from '../objects/receptions.js';
import { storeEvidence } from '../objects/stored-datagrams.js';
import { takeDatagram } from '../objects/take-datagram.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { type WaitingDatagrams, waitingKey } from '../waiting/waiting-datagrams.js';
import type { Session } from './sessions.js';

export interface OpeningParts {
  readonly context: ReceptionContext;
  readonly read: ReadDatagram;
  readonly receptions: Receptions;
  readonly waiting: WaitingDatagrams;
  readonly limits: Pick<ReceiverLimits, 'maxObjects'>;
}

/** An object and the datagrams that announced it. */
export interface Announced {
  readonly announcement: Announcement;
  readonly evidence: Evidence;
}

/** Starts to receive an announced object, or adds a session to one that is known from another. */
export type Open = (session: Session, announced: Announced) => Promise<void>;

export function createOpening({ context, read, receptions, waiting, limits }: OpeningParts): Open {
  const { counters, emit, reject } = context;

  function assign(session: Session, toi: number, reception: Reception): void {
    session.objects.delete(toi);
    session.objects.set(toi, reception);
    if (session.objects.size > 2 * limits.maxObjects) {
      session.objects.delete(session.objects.keys().next().value!);
    }
  }

  /** Undefined when there is no room for one more object. */
  async function begin(announcement: Announcement): Promise<Reception | undefined> {
    const { info, edition } = announcement;
    const isHeld = edition !== undefined && context.isHeld(edition);
    const reception = createReception(announcement, { isHeld, checkedOnly: context.eager });
    reception.lastHeard = counters.datagrams;
    if (await receptions.add(reception)) return reception;
    const detail = `The object with TOI ${info.toi} is left out: there are too many objects.`;
    reject({ reason: 'too-many', detail, session: info.session });
    return undefined;
  }

  async function takeWaiting(reception: Reception, key: string, destination?: string): Promise<void> {
    const waited = waiting.take(key);
    for (const bytes of waited) {
      const datagram = read({ bytes, destination });
      // what waits was read before
      if (datagram === 'empty' || 'reason' in datagram) continue;
      await takeDatagram(context, reception, datagram);
    }
    // the store still has it twice, and may forget the first now
    if (waited.length > 0) await advance(context, reception, 'checks');
  }

  return async (session, { announcement, evidence }) => {
    const { id, toi, edition } = announcement.info;
    const current = session.objects.get(toi);
    // A replayed table must not take a TOI away from a newer edition.
    if (current && isUnfinished(current) && isOlder(edition, current.info.edition)) return;
    const known = receptions.get(id);
    const reception = known ?? (await begin(announcement));
    if (reception === undefined) return;
    assign(session, toi, reception);
    const isNew = known === undefined && isReceiving(reception);
    if (isNew) emit('announced', reception.info);
    await storeEvidence(context, reception, evidence);
    // an object without bytes is complete at once
    if (isNew) await advance(context, reception, 'due');
    await takeWaiting(reception, waitingKey(session.key, toi), evidence.destination);
  };
}
