/** A symbol in its turn. */
export interface ScheduledSymbol {
  /** Index of the lane. */
  readonly lane: number;
  /** Of the symbol in its lane. */
  readonly index: number;
}

/** How many of a lane's `count` symbols come before `round` of `rounds`: they are spread evenly over all rounds. */
function symbolsBefore(round: number, rounds: number, count: number): number {
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
