/** What is sent in rows, seldom, as tables and the index are: that fades and losses take all of them. */

import type { Effort } from '../../completion/effort.js';
import type { RainFade } from '../../question/model.js';
import { fadeLengths, fadeRate } from '../../rain/lengths.js';

/** Rows of a stream. Times in seconds. */
export interface Rows {
  /** From one row to the next. */
  readonly distance: number;
  /** Of one row, and by how much it may be late. */
  readonly width: number;
  /** That a row is lost which no fade touches. */
  readonly loss: number;
  /** Rows that are needed. */
  readonly needed: number;
}

/**
 * At most the probability that fewer of so many rows are whole than are needed, and no fade is longer than `longest` seconds:
 * from any moment on, or, without `longest`, after a moment of reception, whatever was before it.
 */
export type RowsMissed = (rows: Rows, count: number, longest?: number) => number;

/** Of more rows only so many are looked at, as far apart as they lie then. */
const MOST_ROWS = 64;
/** What a row takes, by row that was looked at. */
const ROW_STEPS = 1;
/** What the lengths of fades take, in steps. */
const LENGTH_STEPS = 40;

/**
 * Rows are missed one after the other: from a moment of reception between two of them a fade begins before the end of the next
 * row, and ends between two that come later; or the row is lost. Fades begin at random while there is reception, so both have a
 * bound that knows nothing of what was before, and the bounds of all ways add up.
 */
export function createRowsMissed(fades: RainFade, effort: Effort): RowsMissed {
  const { share } = fades;
  const { limited, residual } = fadeLengths(fades);
  const rate = fadeRate(fades);
  const known = new Map<string, ReturnType<typeof chainOf>>();
  const chainOf = (distance: number, width: number, loss: number, isAfterReception: boolean) => {
    const below = (seconds: number) => (seconds < 0 ? seconds : limited(seconds, 0));
    /** Fades, on average, that begin before the end of a row and take it and at least the next `rows - 1`. */
    const taking: number[] = [rate * (distance + width)];
    const fadesTaking = (rows: number) => {
      for (let each = taking.length; each <= rows; each++) {
        effort.spend(LENGTH_STEPS);
        taking.push(rate * (below(each * distance) - below((each - 1) * distance - width)));
      }
      return taking[rows]!;
    };
    /** That a fade from before the first of them takes so many rows; there may be reception long before. */
    const lasts = (rows: number) =>
      isAfterReception
        ? rate * (below(Number.POSITIVE_INFINITY) - below(rows * distance))
        : share * residual((rows - 1) * distance);
    /** That all rows before are missed, and there is reception between the last of them and this one. */
    const reached: number[] = [0, isAfterReception ? 1 : 1 - share];
    const reachedAt = (row: number) => {
      for (let each = reached.length; each <= row; each++) {
        let sum = lasts(each - 1) - lasts(each) + loss * reached[each - 1]!;
        effort.spend(ROW_STEPS * each);
        for (let from = 1; from < each; from++) {
          sum += reached[from]! * (fadesTaking(each - from) - fadesTaking(each - from + 1));
        }
        reached.push(Math.min(1, sum));
      }
      return reached[row]!;
    };
    return (count: number, longest: number) => {
      const tooMany = Math.min(Number.MAX_SAFE_INTEGER, Math.ceil((longest + width) / distance) + 1);
      const neverTaken = tooMany > 2 * MOST_ROWS ? 0 : fadesTaking(tooMany);
      let missed =
        Math.max(0, lasts(count) - (isAfterReception ? 0 : share * residual(longest))) +
        loss * reachedAt(count);
      effort.spend(ROW_STEPS * count);
      for (let row = 1; row <= count; row++) {
        missed += reachedAt(row) * Math.max(0, fadesTaking(count + 1 - row) - neverTaken);
      }
      return Math.min(1, missed);
    };
  };
  return ({ distance, width, loss, needed }, count, longest) => {
    if (needed <= 0) return 0;
    // Each of as many equal groups has a whole row.
    const group = Math.floor(count / needed);
    if (!(group >= 1)) return 1;
    const step = 2 ** Math.max(0, Math.ceil(Math.log2(group / MOST_ROWS)));
    const key = `${step * distance} ${width} ${loss} ${longest === undefined}`;
    let chain = known.get(key);
    if (chain === undefined) {
      chain = chainOf(step * distance, width, loss, longest === undefined);
      known.set(key, chain);
    }
    return Math.min(1, needed * chain(Math.floor(group / step), longest ?? Number.POSITIVE_INFINITY));
  };
}
