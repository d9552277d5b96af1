import type { AlcPacket } from '../../../codecs/alc/index.js';
import type { BlockDecoder, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';

/**
 * How many symbols of a block the payload holds: whole ones, of which only the block's last source symbol may be short.
 *
 * @returns undefined when the payload is nothing that the block can have
 */
export function symbolCount(
  payload: Uint8Array,
  firstEsi: number,
  { symbolSize }: ObjectParameters,
  block: SourceBlock,
): number | undefined {
  const whole = Math.floor(payload.length / symbolSize);
  const rest = payload.length % symbolSize;
  if (rest === 0) return whole === 0 ? undefined : whole;
  const lastLength = block.byteLength - (block.sourceSymbols - 1) * symbolSize;
  return firstEsi + whole === block.sourceSymbols - 1 && rest === lastLength ? whole + 1 : undefined;
}

/** Gives the decoder all symbols of a datagram. */
export function addSymbols(decoder: BlockDecoder, packet: AlcPacket, symbolSize: number): void {
  let esi = packet.payloadId!.esi;
  for (let offset = 0; offset < packet.payload.length; offset += symbolSize) {
    decoder.add(esi++, packet.payload.subarray(offset, offset + symbolSize));
  }
}
