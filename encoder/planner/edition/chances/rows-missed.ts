/** What is sent in rows, seldom, as tables and the index are: how many rows lie between fades. */

/** Rows of a stream. Times in seconds. */
export interface Rows {
  /** From one row to the next, at most. */
  readonly distance: number;
  /** Of one row, and by how much it may be late. */
  readonly width: number;
  /** Rows that are needed. */
  readonly needed: number;
}

/**
 * At most the probability that so many seconds of reception, which fades break into pieces, hold fewer whole rows than are
 * needed. A piece holds one when it is as long as a row and the distance of two. Either each of as many equal parts of the
 * reception has such a piece; or so few fades break off so little that enough rows remain.
 *
 * @param fadesPerSecond of reception: they begin at random
 */
export function rowsMissed(clear: number, { distance, width, needed }: Rows, fadesPerSecond: number): number {
  if (needed <= 0) return 0;
  if (!Number.isFinite(needed)) return 1;
  const piece = distance + width;
  const isBroken = -Math.expm1(-fadesPerSecond * piece);
  const pieces = Math.max(0, Math.ceil(clear / needed / piece) - 1);
  const most = Math.floor((clear - needed * distance) / piece - 1);
  return Math.min(1, needed * isBroken ** pieces, poissonAbove(fadesPerSecond * clear, most));
}

/** At most the probability of more than `most` where so many are expected (H. Chernoff's bound). */
function poissonAbove(mean: number, most: number): number {
  const count = most + 1;
  if (count <= mean) return 1;
  return mean === 0 ? 0 : Math.exp(count - mean - count * Math.log(count / mean));
}
