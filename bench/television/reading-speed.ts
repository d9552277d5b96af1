import { createRecordingReader } from '../../codecs/recording/index.js';
import type { Prng } from '../channel/index.js';
import { withOtherProgrammes } from './disturb.js';

const CHUNK_BYTES = 1 << 18;
/** The best of so many: others use the machine, too. */
const ROUNDS = 5;

/**
 * Megabytes of a recording of the whole multiplex, two other programmes among them, that are read in a second of processor time, up
 * to the datagrams in it.
 */
export function readingSpeed(stream: Uint8Array, prng: Prng): number {
  const multiplex = withOtherProgrammes(stream, prng);
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const reader = createRecordingReader();
    const before = process.cpuUsage();
    for (let at = 0; at < multiplex.length; at += CHUNK_BYTES)
      reader.push(multiplex.subarray(at, at + CHUNK_BYTES));
    reader.end();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, multiplex.length / (user + system));
  }
  return best;
}
