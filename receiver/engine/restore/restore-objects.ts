import type { ReadDatagram } from '../datagrams/read-datagram.js';
import type { Receive } from '../datagrams/received-datagram.js';
import { advance } from '../objects/advance.js';
import { dropReception } from '../objects/finish-reception.js';
import { isReceiving } from '../objects/reception.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import { storeTables } from '../objects/stored-datagrams.js';
import { takeDatagram } from '../objects/take-datagram.js';
import { parseFlow } from '../ports/flow.js';
import { isWaiting, type PersistentStore, TABLE_GROUP } from '../ports/store.js';
import type { Receptions } from '../room/receptions.js';
import type { WaitingRestoring } from './restore-waiting.js';

export interface RestoringParts {
  readonly context: ReceptionContext;
  readonly read: ReadDatagram;
  readonly receptions: Receptions;
  readonly receive: Receive;
  /** Ids of indices that are older than what was received; more are added meanwhile. */
  readonly outdated: ReadonlySet<string>;
  /** What waited for a table. */
  readonly waited: WaitingRestoring;
  /** Objects that have left the store since; more are added meanwhile. What it still gives of them cannot be read again. */
  readonly gone: ReadonlySet<string>;
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
  const { context, read, receptions, receive, outdated, waited, gone, isClosed } = parts;
  const { counters } = context;
  // what was counted when it was received is not counted again
  const earlier = { ...counters };
  let restored = 0;

  /**
   * @param wanted takes only these objects up
   * @returns objects with datagrams that had no reception at their time
   */
  async function pass(wanted: ReadonlySet<string> | undefined): Promise<Set<string>> {
    const unopened = new Set<string>();
    for await (const stored of store.restore()) {
      if (isClosed()) break;
      const { datagram, object } = stored;
      if (isWaiting(object)) {
        if (wanted === undefined) waited.note(stored);
        continue;
      }
      if (gone.has(object)) continue;
      if (wanted === undefined) receptions.hold(object, datagram.length + (store.overhead ?? 0));
      else if (!wanted.has(object)) continue;
      const { reference } = stored;
      const flow = parseFlow(stored.flow);
      if (stored.group === TABLE_GROUP) {
        await receive({ bytes: datagram, flow, stored: { as: 'table', object } });
        continue;
      }
      const reception = receptions.get(object);
      if (reception === undefined) {
        unopened.add(object);
        continue;
      }
      const received = read({ bytes: datagram, flow, stored: { as: 'symbols', reference } });
      // a file may hold anything
      if (received === 'empty' || 'reason' in received) continue;
      if (received.signed !== (reception.checks !== undefined)) continue;
      await takeDatagram(context, reception, received);
      restored++;
    }
    return unopened;
  }

  const unopened = await pass(undefined);
  // a later table may have opened what an earlier one, of a certificate that was replaced, did not
  const late = new Set([...unopened].filter((each) => receptions.get(each) !== undefined));
  if (late.size > 0) await pass(late);
  if (isClosed()) return restored;
  for (const each of outdated) if (receptions.get(each) === undefined) await receptions.dropHeld(each);
  restored += await waited.takeUp();
  for (const reception of [...receptions.all()]) {
    if (reception.storedBytes > 0) await storeTables(context, reception);
    if (isReceiving(reception)) await advance(context, reception, 'all');
    if (reception.state === 'held') await dropReception(context, reception);
  }
  Object.assign(counters, earlier);
  return restored;
}
