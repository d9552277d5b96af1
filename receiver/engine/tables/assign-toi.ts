import { isUnfinished, type Reception } from '../objects/reception.js';
import type { ReceiverLimits } from '../ports/limits.js';
import type { Receptions } from '../room/receptions.js';
import type { Session } from './sessions.js';

/** Objects of one publisher that a TOI of a session may mean: senders avoid that it means two. */
const MAX_OBJECTS_OF_TOI = 16;

/** Lets a TOI of a session mean an object too; false when it means too many already, and this one matters least. */
export type AssignToi = (session: Session, toi: number, reception: Reception) => boolean;

/** @param limits a session remembers twice as many TOIs as there may be objects */
export function createToiAssignment(
  receptions: Pick<Receptions, 'leastOf'>,
  limits: Pick<ReceiverLimits, 'maxObjects'>,
): AssignToi {
  return (session, toi, reception) => {
    const { objects, forgetTables } = session;
    const known = objects.get(toi) ?? [];
    if (known.includes(reception)) return true;
    // nothing tells which object a datagram without a signature belongs to: the last table counts
    let others = reception.checks === undefined ? [] : known;
    // publishers that share a session do not count for each other
    const rivals = others.filter(({ info }) => info.session.publisher === reception.info.session.publisher);
    if (rivals.length >= MAX_OBJECTS_OF_TOI) {
      const least = rivals.find((each) => !isUnfinished(each)) ?? receptions.leastOf(rivals, reception);
      if (least === undefined) return false;
      others = others.filter((each) => each !== least);
    }
    objects.delete(toi);
    objects.set(toi, [...others, reception]);
    const tois = reception.tois.get(session) ?? new Set();
    reception.tois.set(session, tois.add(toi));
    if (objects.size > 2 * limits.maxObjects) {
      const [oldest, meant] = objects.entries().next().value!;
      objects.delete(oldest);
      // a table may announce one object under TOIs without end
      for (const each of meant) each.tois.get(session)?.delete(oldest);
      forgetTables();
    }
    return true;
  };
}
