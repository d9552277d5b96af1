import type { AlcPacket } from '../../../codecs/alc/index.js';
import type { PayloadId } from '../../../codecs/fec/index.js';
import { symbolCount } from '../processing/symbols.js';
import type { Announcement } from './announcement.js';
import { type BlockReception, createBlockReception } from './block-reception.js';

/** A datagram and the place of its symbols. */
export interface Arrival {
  readonly datagram: Uint8Array;
  readonly packet: AlcPacket;
  readonly block: BlockReception;
  readonly esi: number;
  readonly count: number;
  /** Of one that is in the store already. */
  readonly reference: number | undefined;
}

/**
 * Finds the place of a datagram's symbols; undefined when the object has no such symbols.
 *
 * @param blocks by source block number; a block that was not heard of before is added
 */
export function locate(
  { scheme, parameters, blocks: sources }: Announcement,
  blocks: Map<number, BlockReception>,
  datagram: Uint8Array,
  packet: AlcPacket,
  reference: number | undefined,
): Arrival | undefined {
  const { sbn, esi } = packet.payloadId as PayloadId;
  const source = sources[sbn];
  if (source === undefined || packet.lct.codepoint !== scheme.encodingId) return undefined;
  const count = symbolCount(packet.payload, esi, parameters, source);
  if (count === undefined || esi + count - 1 > scheme.maxEsi(parameters, source)) return undefined;
  let block = blocks.get(sbn);
  if (block === undefined) {
    block = createBlockReception(source);
    blocks.set(sbn, block);
  }
  return { datagram, packet, block, esi, count, reference };
}

export function someSymbol({ esi, count }: Arrival, test: (esi: number) => boolean): boolean {
  for (let each = esi; each < esi + count; each++) if (test(each)) return true;
  return false;
}

/** Entries of the block that hold a symbol of the arrival. */
export function rivals({ block, esi, count }: Arrival): number[] {
  const entries = new Set<number>();
  for (let each = esi; each < esi + count; each++) {
    const entry = block.index.find(each);
    if (entry !== undefined) entries.add(entry);
  }
  return [...entries];
}
