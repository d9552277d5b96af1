import type { FecScheme, ObjectParameters } from '../../../codecs/fec/index.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { symbolCount } from '../processing/symbols.js';
import { type BlockReception, createBlockReception } from './block-reception.js';
import type { SourceBlocks } from './source-blocks.js';

/** Where the symbols of a datagram belong. */
export interface Placement {
  readonly block: BlockReception;
  readonly esi: number;
  readonly count: number;
}

/** A datagram of an object and where its symbols belong. */
export interface Arrival extends Placement {
  readonly datagram: ReceivedDatagram;
}

/** How an object is divided into symbols. */
export interface ObjectLayout {
  readonly scheme: FecScheme;
  readonly parameters: ObjectParameters;
  readonly blocks: SourceBlocks;
}

/**
 * Finds where a datagram's symbols belong; undefined when the object has no such symbols.
 *
 * @param blocks by source block number; one that was not heard of before is not among them
 */
export function locate(
  { scheme, parameters, blocks: sources }: ObjectLayout,
  blocks: ReadonlyMap<number, BlockReception>,
  datagram: ReceivedDatagram,
): Arrival | undefined {
  const { packet, payloadId } = datagram;
  const { sbn, esi } = payloadId;
  const source = blocks.get(sbn)?.source ?? sources.at(sbn);
  if (source === undefined || packet.lct.codepoint !== scheme.encodingId) return undefined;
  const count = symbolCount(packet.payload, esi, parameters, source);
  if (count === undefined || esi + count - 1 > scheme.maxEsi(parameters, source)) return undefined;
  return { datagram, block: blocks.get(sbn) ?? createBlockReception(source), esi, count };
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
