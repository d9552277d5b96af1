import { AlcError, type AlcPacket, parseAlc } from '../../codecs/alc/index.js';
import { AuthError, parseAuth } from '../../codecs/auth/index.js';
import { chain, type MaybePromise } from '../../codecs/maybe-promise.js';
import type { ReceptionContext } from './objects/reception-context.js';
import { createSessionKeys, type Sessions } from './tables/sessions.js';
import type { TableIntake } from './tables/table-intake.js';
import { type Pending, pendingKey } from './waiting/pending.js';

export interface IntakeParts {
  readonly context: ReceptionContext;
  readonly sessions: Sessions;
  readonly pending: Pending;
  readonly tables: TableIntake;
  /** Take sessions without authentication too. */
  readonly allowUnsigned: boolean;
}

/** UDP over IPv4 has no longer payload. */
const MAX_DATAGRAM = 65_507;

/**
 * Takes a datagram.
 *
 * @param restored true for one that announced an object in an earlier run and comes from the store
 * @param storedOn day of one that waits in the store
 */
export type Receive = (
  datagram: Uint8Array,
  destination: string | undefined,
  restored?: boolean,
  storedOn?: number,
) => MaybePromise<void>;

/** The way of a datagram: parsed, told by session and object, and handed to who works on it. */
export function createIntake(parts: IntakeParts): Receive {
  const { context, sessions, pending, tables, allowUnsigned } = parts;
  const { counters, reject, schemes } = context;
  const sessionKey = createSessionKeys();

  function parse(datagram: Uint8Array): AlcPacket | undefined {
    try {
      if (datagram.length <= MAX_DATAGRAM) return parseAlc(datagram, schemes);
      reject({ reason: 'malformed', detail: `No UDP datagram has ${datagram.length} bytes.` });
    } catch (error) {
      if (!(error instanceof AlcError)) throw error;
      reject({ reason: 'malformed', detail: error.message });
    }
    return undefined;
  }

  return (datagram, destination, restored = false, storedOn = undefined) => {
    counters.datagrams++;
    const packet = parse(datagram);
    if (packet === undefined) return;
    const { tsi, toi } = packet.lct;
    // A and B flags end nothing: anybody could set them, and what is complete shows by itself.
    if (packet.payloadId === undefined || packet.payload.length === 0) {
      counters.empty++;
      return;
    }
    if (toi === undefined)
      return reject({ reason: 'malformed', detail: 'The datagram names no object (TOI).' });
    const signed = hasOurAuthentication(datagram, packet);
    if (!signed && !allowUnsigned) {
      const session = { tsi, destination, publisher: undefined };
      return reject({ reason: 'unsigned', detail: 'The datagram has no authentication.', session });
    }
    const key = sessionKey(signed, destination, tsi);
    if (toi === 0) return tables.take(key, signed, datagram, packet, destination, restored);
    const session = sessions.get(key);
    const object = session?.objects.get(toi);
    if (object !== undefined && !restored) {
      object.lastHeard = counters.datagrams;
      return object.take(datagram, packet);
    }
    const waiting = session?.waiting.get(toi);
    if (waiting !== undefined && packet.fti !== undefined) {
      return tables.announceWaiting(key, session!, waiting, datagram, packet, restored);
    }
    if (restored) return;
    return chain(pending.add(pendingKey(key, toi), datagram, destination, storedOn), (fits) => {
      if (fits) return;
      reject({
        reason: 'too-many',
        detail: 'Too many datagrams wait for the table that describes their object.',
      });
    });
  };
}

/** Any other EXT_AUTH belongs to a scheme of another sender. */
export function hasOurAuthentication(datagram: Uint8Array, { authOffset }: AlcPacket): boolean {
  if (authOffset === undefined) return false;
  try {
    parseAuth(datagram, authOffset);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}
