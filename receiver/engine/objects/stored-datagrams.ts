import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import { type Flow, formatFlow } from '../ports/flow.js';
import { TABLE_GROUP } from '../ports/store.js';
import type { Evidence } from './announcement.js';
import { isReceiving, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** A datagram that is to be stored. */
export interface NewDatagram {
  readonly bytes: Uint8Array;
  /** See `DatagramStore`. */
  readonly group: number;
  /** Needed when a table is restored. */
  readonly flow?: Flow | undefined;
}

/** Sessions and uplink keys of an object whose tables are stored. */
const MAX_SOURCES = 64;

/**
 * Puts a datagram with symbols into the store, after the tables that name its object; undefined when there is no room, or the
 * object is not received any more.
 */
export function storeDatagram(
  context: ReceptionContext,
  reception: Reception,
  datagram: NewDatagram,
): MaybePromise<number | undefined> {
  if (reception.unstored.size === 0) return append(context, reception, datagram);
  return storeTables(context, reception).then(() => append(context, reception, datagram));
}

function append(
  context: ReceptionContext,
  reception: Reception,
  { bytes, group, flow }: NewDatagram,
): MaybePromise<number | undefined> {
  const { store } = context;
  const room = bytes.length + (store.overhead ?? 0);
  return chain(context.claim(room, reception), (granted) => {
    if (!granted) return rejectForRoom(context, reception);
    // Another object may have made room by dropping this one.
    if (!isReceiving(reception)) return context.unclaim(room) as undefined;
    reception.storedBytes += room;
    return chain(store.append(reception.info.id, bytes, group, flow && formatFlow(flow)), (reference) => {
      if (reference !== undefined) return reference;
      reception.storedBytes -= room;
      context.unclaim(room);
      return rejectForRoom(context, reception);
    });
  });
}

function rejectForRoom(context: ReceptionContext, { info }: Reception): undefined {
  const detail = `The store has no room for more datagrams of the object with TOI ${info.toi}.`;
  context.reject({ reason: 'too-many', detail, session: info.session });
}

/**
 * Notes a table that names the object: whoever takes the object up from the store needs it. It is stored as soon as there
 * are symbols; where the object is announced and not sent, nothing is.
 */
export function noteTable({ outlived }: ReceptionContext, reception: Reception, evidence: Evidence): void {
  const { sources, unstored, info } = reception;
  const { source, expires, restoredFrom } = evidence;
  reception.expires = Math.max(reception.expires, expires);
  if (!isReceiving(reception)) return;
  if (restoredFrom === info.id) {
    sources.add(source);
    unstored.delete(source);
    return;
  }
  if (!outlived || sources.has(source) || sources.size >= MAX_SOURCES) return;
  sources.add(source);
  unstored.set(source, evidence);
}

/** Stores the tables that name the object, where there are symbols of it. */
export async function storeTables(context: ReceptionContext, reception: Reception): Promise<void> {
  const tables = [...reception.unstored.values()];
  reception.unstored.clear();
  for (const { datagrams, flow } of tables) {
    for (const bytes of datagrams) {
      await append(context, reception, { bytes, group: TABLE_GROUP, flow });
    }
  }
}

/** Takes all of the object out of the store, unless another reception of it needs that. */
export async function dropStored(context: ReceptionContext, reception: Reception): Promise<void> {
  context.unclaim(reception.storedBytes);
  reception.storedBytes = 0;
  if (!context.isReplaced(reception)) await context.dropStored(reception.info.id);
}
