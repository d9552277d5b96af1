import type { ReadDatagram } from '../datagrams/read-datagram.js';
import type { Receive } from '../datagrams/received-datagram.js';
import { advance } from '../objects/advance.js';
import { dropReception } from '../objects/finish-reception.js';
import { isReceiving } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import type { Receptions } from '../objects/receptions.js';
import { takeDatagram } from '../objects/take-datagram.js';
import type { EventHub } from '../ports/events.js';
import { isWaiting, type PersistentStore, TABLE_GROUP } from '../ports/store.js';
import type { WaitingRestoring } from './restore-waiting.js';

export interface RestoringParts {
  readonly context: ReceptionContext;
  readonly read: ReadDatagram;
  readonly receptions: Receptions;
  readonly receive: Receive;
  readonly on: EventHub['on'];
  /** What waited for a table. */
  readonly waited: WaitingRestoring;
  /** The receiver was closed meanwhile: the rest stays as it is. */
  readonly isClosed: () => boolean;
}

/**
 * Takes up what a store holds: tables go the way of any datagram, and open the receptions that the other datagrams are
 * handed to. Objects that nobody wants any more are dropped; others without a reception stay until room is needed. What
 * waited for a table comes last: it may have an object by now.
 *
 * @returns datagrams taken up
 */
export async function restoreObjects(store: PersistentStore, parts: RestoringParts): Promise<number> {
  const { context, read, receptions, receive, on, waited, isClosed } = parts;
  const { counters } = context;
  // what was counted when it was received is not counted again
  const earlier = { ...counters };
  const outdated = new Set<string>();
  let object = '';
  const stop = on('rejected', ({ reason }) => reason === 'old-edition' && outdated.add(object));
  let restored = 0;

  /**
   * @param wanted takes only these objects up
   * @returns objects with datagrams that had no reception at their time
   */
  async function pass(wanted: ReadonlySet<string> | undefined): Promise<Set<string>> {
    const unopened = new Set<string>();
    for await (const stored of store.restore()) {
      if (isClosed()) break;
      const { datagram } = stored;
      object = stored.object;
      if (isWaiting(object)) {
        if (wanted === undefined) waited.note(stored);
        continue;
      }
      if (wanted === undefined) receptions.hold(object, datagram.length + (store.overhead ?? 0));
      else if (!wanted.has(object)) continue;
      const { destination, reference } = stored;
      if (stored.group === TABLE_GROUP) {
        await receive({ bytes: datagram, destination, stored: { as: 'table' } });
        continue;
      }
      const reception = receptions.get(object);
      if (reception === undefined) {
        unopened.add(object);
        continue;
      }
      const received = read({ bytes: datagram, destination, stored: { as: 'symbols', reference } });
      // a file may hold anything
      if (received === 'empty' || 'reason' in received) continue;
      if (received.signed !== (reception.info.edition !== undefined)) continue;
      await takeDatagram(context, reception, received);
      restored++;
    }
    return unopened;
  }

  const unopened = await pass(undefined);
  // a later table may have opened what an earlier one, of a certificate that was replaced, did not
  const late = new Set([...unopened].filter((each) => receptions.get(each) !== undefined));
  if (late.size > 0) await pass(late);
  stop();
  if (isClosed()) return restored;
  for (const each of outdated) if (receptions.get(each) === undefined) await receptions.dropHeld(each);
  restored += await waited.takeUp();
  for (const reception of receptions.all()) {
    if (isReceiving(reception)) await advance(context, reception, 'all');
    if (reception.state === 'held') await dropReception(context, reception);
  }
  Object.assign(counters, earlier);
  return restored;
}
