/** A symbol in its turn. */
export interface ScheduledSymbol {
  /** Index of the lane. */
  readonly lane: number;
  /** Of the symbol in its lane. */
  readonly index: number;
}

/** How many of a lane's `count` symbols come before `round` of `rounds`: they are spread evenly over all rounds. */
export function symbolsBefore(round: number, rounds: number, count: number): number {
  return Math.floor((round * count) / rounds);
}

/**
 * Takes turns over the lanes, so that a burst of losses hits all blocks evenly; a shorter lane sits out some rounds,
 * evenly spread, and ends with the longest.
 *
 * @param counts symbols of each lane
 */
export function* interleave(counts: readonly number[]): Generator<ScheduledSymbol> {
  const rounds = counts.reduce((longest, count) => Math.max(longest, count), 0);
  for (let round = 0; round < rounds; round++) {
    for (const [lane, count] of counts.entries()) {
      const index = symbolsBefore(round, rounds, count);
      if (symbolsBefore(round + 1, rounds, count) > index) yield { lane, index };
    }
  }
}

/**
 * How many of `repetitions` datagrams of the table come before object datagram `position` of `total`, or, with
 * `position` = `total`, after the last: the first one at the very start, the last at the very end, the others evenly
 * in between.
 *
 * @param repetitions 2 or more
 */
export function fdtsBefore(position: number, total: number, repetitions: number): number {
  if (position >= total) return repetitions;
  return 1 + Math.floor((position * (repetitions - 1)) / total);
}
