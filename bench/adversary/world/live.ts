import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Keys } from '../../../encoder/keys/keys.js';
import { createVirtualSender } from '../../editions/simulation/virtual-sender.js';
import type { MadeEdition } from './editions.js';

/** How a session is sent. */
export interface Layout {
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** 0..7: one signature for 2^authDepth datagrams. */
  readonly authDepth: number;
}

export interface Broadcast extends Layout {
  readonly keys: Keys;
  readonly editions: readonly MadeEdition[];
}

/** Bits per second: where it is this low, tables and indices take a tenth of the airtime, so that small content shows all. */
const RATE = 8000;

/** The first datagrams of what `datacast send` sends of some editions. */
export async function recordBroadcast(
  schemes: FecSchemes,
  objects: string,
  { keys, editions, mtu, authDepth }: Broadcast,
  count: number,
): Promise<Uint8Array[]> {
  const sender = createVirtualSender({ keys, schemes, rate: RATE, objects, isReal: true, mtu, authDepth });
  for (const edition of editions) sender.put(edition);
  const datagrams: Uint8Array[] = [];
  for await (const { datagram } of sender.datagrams()) {
    datagrams.push(datagram);
    if (datagrams.length === count) break;
  }
  await sender.close();
  return datagrams;
}
