import { equalBytes } from '../../../codecs/bytes.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import type { Signer } from './announcement.js';
import { isGenuine } from './checks.js';
import type { Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';
import { takeDatagram } from './take-datagram.js';

/**
 * Takes a datagram whose TOI means several objects: it belongs to the one that its signature is good for. What belongs to none
 * waits, since a table may tell of another.
 */
export async function takeAmong(
  context: ReceptionContext,
  receptions: readonly Reception[],
  datagram: ReceivedDatagram,
): Promise<void> {
  if (await takeIfAny(context, receptions, datagram)) return;
  const { toi, packet } = datagram;
  const detail = `A datagram with TOI ${toi} is signed for none of the objects that it may belong to.`;
  const session = { tsi: packet.lct.tsi, ...datagram.flow, publisher: undefined };
  context.reject({ reason: 'forged', detail, session });
  if (datagram.stored?.as !== 'symbols') await context.wait(datagram);
}

/** False when the datagram is signed for none of the objects. */
export async function takeIfAny(
  context: ReceptionContext,
  receptions: readonly Reception[],
  datagram: ReceivedDatagram,
): Promise<boolean> {
  const genuine: Signer[] = [];
  const others: Signer[] = [];
  for (const reception of receptions) {
    const signer = reception.checks!;
    const isSame = (other: Signer) => isSameSigner(other, signer);
    const mayBe = genuine.every(({ objectId }) => equalBytes(objectId, signer.objectId));
    if (!mayBe || others.some(isSame)) continue;
    if (!genuine.some(isSame)) {
      const isGood = await isGenuine(context, signer, datagram);
      (isGood ? genuine : others).push(signer);
      if (!isGood) continue;
    }
    reception.lastHeard = context.counters.datagrams;
    await takeDatagram(context, reception, datagram, true);
  }
  return genuine.length > 0;
}

/** Publishers may send the same object, with keys of their own or with the same. */
function isSameSigner(a: Signer, b: Signer): boolean {
  return a.publisher === b.publisher && equalBytes(a.objectId, b.objectId);
}
