import { fromHex } from '../../../codecs/bytes.js';
import { toiOf } from '../../../encoder/session/session.js';
import type { MadeEdition } from '../world/editions.js';
import type { Transmission } from '../world/transmit.js';

export const toi = ({ sha256 }: { readonly sha256: string }) => toiOf(fromHex(sha256));

/** Its table, and its source symbols. */
export async function sendIndex(sender: Transmission, edition: MadeEdition): Promise<Uint8Array[]> {
  const { index, indexObject, sequence } = edition;
  const sent = { bytes: indexObject, toi: toi(index), edition: { sequence, signature: index.signature } };
  return [...(await sender.tables([sent])), ...(await sender.symbols(sent))];
}

/** The same of all parts. */
export async function sendParts(sender: Transmission, { objects }: MadeEdition): Promise<Uint8Array[]> {
  const datagrams: Uint8Array[] = [];
  for (const { object, listed } of objects) {
    const sent = { bytes: object, toi: toi(listed) };
    datagrams.push(...(await sender.tables([sent])), ...(await sender.symbols(sent)));
  }
  return datagrams;
}
