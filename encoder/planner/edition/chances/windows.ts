import { visibleAtLeast, type Windows } from '../../completion/windows.js';
import type { Airing, Reception } from '../airing.js';
import { type ByTime, timeUntil } from './times.js';

/** Probabilities that what is seen in windows suffices. */
const SUFFICES = [0.5, 0.9, 0.99, 0.999, 1 - 1e-4, 1 - 1e-5, 1 - 1e-6, 1 - 1e-8];

/**
 * What is seen through windows of a carousel, where only the visible time matters: at least, as in each window but one a row of
 * every object and a datagram of every table is counted less than fit into it.
 *
 * @param reception of the objects in time that is visible, at independent loss
 * @param longest visible time that is looked at, seconds
 */
export function throughWindows(
  airings: readonly Airing[],
  reception: Reception,
  windows: Windows,
  longest: number,
): ByTime {
  // From the beginning of a row on, the first row that counts is the next: no other beginning of a window gives less.
  const slack = Math.max(
    ...airings.flatMap(({ stream, repetition, table }) => [
      ...(stream === undefined ? [] : [(stream.period * stream.row) / stream.count]),
      ...(stream === undefined && repetition !== undefined ? [repetition.period] : []),
      table.period,
    ]),
  );
  const steps = SUFFICES.flatMap((probability) => {
    const needed = timeUntil((seconds) => reception(0, seconds), probability, longest);
    return needed === undefined ? [] : [{ probability, needed }];
  });
  const isAlways = windows.length >= windows.period;
  return (seconds) => {
    const pieces = isAlways ? 1 : Math.floor(seconds / windows.period) + 3;
    return Math.max(
      0,
      ...steps.map(
        ({ probability, needed }) =>
          probability *
          Math.max(
            visibleAtLeast(windows, seconds, needed + (pieces - 1) * slack),
            seenAtOnce(windows, seconds, needed),
          ),
      ),
    );
  };
}

/** The probability that one window has shown the sender for so long, when the first moment is a random one of the period. */
function seenAtOnce({ period, length }: Windows, elapsed: number, needed: number): number {
  if (needed > length || elapsed < needed) return 0;
  const inFirst = length - needed;
  return Math.min(1, (inFirst + elapsed - needed) / period);
}
