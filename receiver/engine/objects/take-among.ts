import { equalBytes } from '../../../codecs/bytes.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { isGenuine } from './checks.js';
import type { Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';
import { takeDatagram } from './take-datagram.js';

/**
 * Takes a datagram whose TOI means several objects: it belongs to the one that its signature is good for. An object that is
 * announced with several layouts gets it in each of them, since the signature does not say which it is.
 */
export async function takeAmong(
  context: ReceptionContext,
  receptions: readonly Reception[],
  datagram: ReceivedDatagram,
): Promise<void> {
  let found: Uint8Array | undefined;
  const others: Uint8Array[] = [];
  for (const reception of receptions) {
    const { objectId } = reception.checks!;
    const isSame = (id: Uint8Array) => equalBytes(id, objectId);
    if (found !== undefined ? !isSame(found) : others.some(isSame)) continue;
    if (found === undefined && !(await isGenuine(context, reception.checks!, datagram))) {
      others.push(objectId);
      continue;
    }
    found = objectId;
    reception.lastHeard = context.counters.datagrams;
    await takeDatagram(context, reception, datagram, true);
  }
  if (found !== undefined) return;
  const { toi, packet } = datagram;
  const detail = `A datagram with TOI ${toi} is signed for none of the objects that it may belong to.`;
  const session = { tsi: packet.lct.tsi, destination: datagram.destination, publisher: undefined };
  context.reject({ reason: 'forged', detail, session });
}
