import { ALIGNMENT, type FecName, symbolSize } from './blocks.js';
import { REBUILD_PROBABILITY, symbolsToSend } from './repair.js';

/** Objects of fewer symbols have smaller ones where that takes less airtime, so that their repair is not a multiple of them. */
const MOST_SYMBOLS = 64;
/** Independent loss for which their size is chosen: it is the same for every expected loss, so that recordings go together. */
const USUAL_LOSS = 0.2;

/**
 * Bytes of an object's symbols: as many as a packet holds; of a small object those with which it is rebuilt in the least airtime.
 *
 * @param transferLength bytes of the object, 1 or more
 * @param mtu bytes of the largest IP packet
 * @param overhead bytes before the symbol: IP, UDP and LCT headers, FEC payload ID
 * @throws EncodeError when no symbol fits
 */
export function objectSymbolSize(
  fec: FecName,
  transferLength: number,
  mtu: number,
  overhead: number,
): number {
  const largest = symbolSize(mtu, overhead);
  if (fec === 'no-code') return largest;
  let best = { size: largest, airtime: Number.POSITIVE_INFINITY };
  for (let wanted = Math.ceil(transferLength / largest); wanted <= MOST_SYMBOLS; wanted++) {
    const size = ALIGNMENT * Math.ceil(transferLength / wanted / ALIGNMENT);
    const sent = symbolsToSend(Math.ceil(transferLength / size), USUAL_LOSS, 1 - REBUILD_PROBABILITY);
    const airtime = sent * (overhead + size);
    if (airtime < best.airtime) best = { size, airtime };
  }
  return best.size;
}
