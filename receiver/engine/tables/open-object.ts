import type { ReadDatagram } from '../datagrams/read-datagram.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { advance } from '../objects/advance.js';
import type { Announcement, Evidence } from '../objects/announcement.js';
import { isGenuine } from '../objects/checks.js';
import { createReception, isReceiving, type Reception } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { noteTable } from '../objects/stored-datagrams.js';
import { takeDatagram } from '../objects/take-datagram.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { leftOut, type Receptions } from '../room/receptions.js';
import { yieldToEventLoop } from '../turns/event-loop.js';
import { type WaitingDatagrams, waitingKey } from '../waiting/waiting-datagrams.js';
import type { WaitingKey } from '../waiting/waiting-room.js';
import { createToiAssignment } from './assign-toi.js';
import type { Session } from './sessions.js';

export interface OpeningParts {
  readonly context: ReceptionContext;
  readonly read: ReadDatagram;
  readonly receptions: Receptions;
  readonly waiting: WaitingDatagrams;
  readonly limits: Pick<ReceiverLimits, 'maxObjects'>;
  /** True for an object that the application has already. */
  isHeld(announcement: Announcement): boolean;
  /** Finds where the newest editions list a part. */
  list(reception: Reception): void;
}

/** An object and the datagrams that announced it. */
export interface Announced {
  readonly announcement: Announcement;
  readonly evidence: Evidence;
}

/** Starts to receive an announced object, or adds a session to one that is known from another; false when there is no room. */
export type Open = (session: Session, announced: Announced) => Promise<boolean>;

/** Other work has a turn after so many signatures of what waits. */
const CHECKED_AT_ONCE = 256;

export function createOpening(parts: OpeningParts): Open {
  const { context, read, receptions, waiting, limits, isHeld, list } = parts;
  const { counters, emit, reject } = context;
  const assign = createToiAssignment(receptions, limits);

  /** Undefined when there is no room for one more object. */
  async function begin({ announcement, evidence }: Announced): Promise<Reception | undefined> {
    const options = { isHeld: isHeld(announcement), checkedOnly: context.eager };
    const reception = createReception(announcement, options);
    reception.lastHeard = counters.datagrams;
    reception.lastFed = counters.datagrams;
    reception.expires = evidence.expires;
    list(reception);
    return (await receptions.add(reception)) ? reception : undefined;
  }

  function leaveOut({ info }: Announcement): false {
    reject(leftOut(info));
    return false;
  }

  /** What waits and is signed for the object goes to it, the rest waits on. */
  async function takeWaiting(
    reception: Reception,
    key: WaitingKey,
    { source, flow }: Evidence,
  ): Promise<void> {
    const { checks } = reception;
    const fitting: ReceivedDatagram[] = [];
    let looked = 0;
    // another uplink key may be what it was signed with
    const asker = `${reception.info.id} ${source}`;
    await waiting.take(key.key, asker, async (bytes) => {
      if (++looked % CHECKED_AT_ONCE === 0) await yieldToEventLoop();
      const datagram = read({ bytes, flow });
      // what waits was read before
      if (datagram === 'empty' || 'reason' in datagram) return true;
      if (checks !== undefined && !(await isGenuine(context, checks, datagram))) return false;
      fitting.push(datagram);
      return true;
    });
    for (const each of fitting) await takeDatagram(context, reception, each, checks !== undefined);
    // the store still has it twice, and may forget the first now
    if (fitting.length > 0) await advance(context, reception, 'checks');
  }

  return async (session, { announcement, evidence }) => {
    const { id, toi } = announcement.info;
    const known = receptions.get(id);
    const reception = known ?? (await begin({ announcement, evidence }));
    // nothing is missing of what is held
    if (reception === undefined) return isHeld(announcement) ? false : leaveOut(announcement);
    if (!assign(session, toi, reception)) {
      if (known === undefined) await receptions.drop(reception);
      return leaveOut(announcement);
    }
    const isNew = known === undefined && isReceiving(reception);
    if (isNew) emit('announced', reception.info);
    noteTable(context, reception, evidence);
    // an object without bytes is complete at once
    if (isNew) await advance(context, reception, 'due');
    await takeWaiting(reception, waitingKey(session.key, toi), evidence);
    return true;
  };
}
