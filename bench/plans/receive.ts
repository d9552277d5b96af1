import type { Prng } from '../../fixtures/prng.js';
import type { LossModel } from '../channel/index.js';
import type { Recording } from './recording.js';

/**
 * When a receiver has everything, in seconds from the moment at which it begins to listen; undefined when it never has.
 * K + h symbols of a block rebuild it except with probability 10^-2(h+1) (RFC 6330).
 *
 * @param from datagram from which on it listens
 * @param rounds how often the recording is sent after that one
 */
export function timeOfEverything(
  { what, seconds, length, airtime, needed, tableOf }: Recording,
  isLost: LossModel,
  prng: Prng,
  { from, rounds }: { readonly from: number; readonly rounds: number },
): number | undefined {
  const left = needed.map((count) => {
    let extra = 0;
    while (prng.chance(0.01)) extra++;
    return count + extra;
  });
  const hasTable = new Uint8Array(Math.max(...tableOf) + 1);
  let missing = left.length + hasTable.length;
  const begin = seconds[from]!;
  for (let round = 0; round <= rounds; round++) {
    for (let index = round === 0 ? from : 0; index < what.length; index++) {
      const time = round * airtime + seconds[index]! - begin;
      if (isLost({ seconds: time, length: length[index]! })) continue;
      const each = what[index]!;
      if (each < 0) {
        if (hasTable[-1 - each]) continue;
        hasTable[-1 - each] = 1;
        missing--;
      } else if (--left[each]! === 0) missing--;
      if (missing === 0) return round * airtime + (seconds[index + 1] ?? airtime) - begin;
    }
  }
  return undefined;
}
