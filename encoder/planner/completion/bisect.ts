/** Halvings and doublings of whole numbers below 2^53 are no more than this. */
const MOST_STEPS = 64;

/**
 * The least whole number above `low` and up to `high` that suffices. That `low` does not and `high` does is taken for
 * granted, and that what is above one that suffices does too.
 */
export function leastWhole(suffices: (value: number) => boolean, low: number, high: number): number {
  let above = low;
  let least = high;
  for (let step = 0; least - above > 1 && step < MOST_STEPS; step++) {
    const middle = Math.floor((above + least) / 2);
    if (suffices(middle)) least = middle;
    else above = middle;
  }
  return least;
}

/** The same without an upper end that suffices: undefined when `most` does not. */
export function leastWholeAbove(
  suffices: (value: number) => boolean,
  above: number,
  most: number,
): number | undefined {
  let low = above;
  for (let step = 0, width = 1; step < MOST_STEPS; step++, width *= 2) {
    const high = Math.min(most, low + width);
    if (suffices(high)) return leastWhole(suffices, low, high);
    if (high === most) return undefined;
    low = high;
  }
  return undefined;
}
