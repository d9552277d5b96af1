import { chain, type MaybePromise } from '../../codecs/maybe-promise.js';
import type { ReadDatagram } from './datagrams/read-datagram.js';
import type { Receive } from './datagrams/received-datagram.js';
import type { ReceptionContext } from './objects/reception-context.js';
import { takeAmong } from './objects/take-among.js';
import { takeDatagram } from './objects/take-datagram.js';
import type { Sessions } from './tables/sessions.js';
import type { TableIntake } from './tables/table-intake.js';
import { type WaitingDatagrams, waitingKey } from './waiting/waiting-datagrams.js';

export interface IntakeParts {
  readonly context: ReceptionContext;
  readonly read: ReadDatagram;
  readonly sessions: Sessions;
  readonly waiting: WaitingDatagrams;
  readonly tables: TableIntake;
  /** Takes what is a header alone. */
  takeHeader(bytes: Uint8Array): MaybePromise<void>;
  /** Take sessions without authentication too. */
  readonly allowUnsigned: boolean;
}

/** The way of a datagram: read once, told by session and object, and handed as one value to who works on it. */
export function createIntake(parts: IntakeParts): Receive {
  const { context, read, sessions, waiting, tables, allowUnsigned } = parts;
  const { counters, reject } = context;

  return (incoming) => {
    // when something came is counted in what the channel has brought
    if (incoming.stored === undefined) counters.datagrams++;
    const datagram = read(incoming);
    if (datagram === 'empty') return parts.takeHeader(incoming.bytes);
    if ('reason' in datagram) return reject(datagram);
    const { toi, packet, flow, stored } = datagram;
    if (!datagram.signed && !allowUnsigned) {
      const session = { tsi: packet.lct.tsi, ...flow, publisher: undefined };
      return reject({ reason: 'unsigned', detail: 'The datagram has no authentication.', session });
    }
    if (toi === 0) return tables.take(datagram);
    const session = sessions.get(datagram.session);
    const isTable = stored?.as === 'table';
    const receptions = session?.objects.get(toi);
    if (receptions !== undefined && !isTable) {
      if (receptions.length > 1) return takeAmong(context, receptions, datagram);
      const reception = receptions[0]!;
      reception.lastHeard = counters.datagrams;
      return takeDatagram(context, reception, datagram);
    }
    const file = session?.incomplete.get(toi);
    if (file !== undefined && packet.fti !== undefined) return tables.complete(session!, file, datagram);
    if (isTable) return;
    return chain(waiting.add(waitingKey(datagram.session, toi), datagram), (isRoom) => {
      if (isRoom) return;
      reject({
        reason: 'waiting-full',
        detail:
          'Too many datagrams wait for the table that describes their object: some of them are left out.',
      });
    });
  };
}
