import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
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
  readonly destination?: string | undefined;
}

/** Sessions and uplink keys of an object whose tables are stored. */
const MAX_SOURCES = 64;

/** Puts a datagram into the store; undefined when there is no room, or the object is not received any more. */
export function storeDatagram(
  context: ReceptionContext,
  reception: Reception,
  { bytes, group, destination }: NewDatagram,
): MaybePromise<number | undefined> {
  const { store } = context;
  const room = bytes.length + (store.overhead ?? 0);
  return chain(context.claim(room, reception), (granted) => {
    if (!granted) return rejectForRoom(context, reception);
    // Another object may have made room by dropping this one.
    if (!isReceiving(reception)) return context.unclaim(room) as undefined;
    reception.storedBytes += room;
    return chain(store.append(reception.info.id, bytes, group, destination), (reference) => {
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

/** A table names the object: whoever takes it up from the store needs that too. */
export async function storeEvidence(
  context: ReceptionContext,
  reception: Reception,
  { source, datagrams, destination, expires, restored }: Evidence,
): Promise<void> {
  const { sources } = reception;
  reception.expires = Math.max(reception.expires, expires);
  if (!isReceiving(reception) || sources.has(source) || sources.size >= MAX_SOURCES) return;
  sources.add(source);
  if (restored || !context.outlived) return;
  for (const bytes of datagrams) {
    await storeDatagram(context, reception, { bytes, group: TABLE_GROUP, destination });
  }
}

/** Takes all of the object out of the store, unless another reception of it needs that. */
export async function dropStored(context: ReceptionContext, reception: Reception): Promise<void> {
  context.unclaim(reception.storedBytes);
  reception.storedBytes = 0;
  if (!context.isReplaced(reception)) await context.store.drop(reception.info.id);
}
