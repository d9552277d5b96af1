/** Symbols of a block, or datagrams of a table, that are sent evenly in a part of a period and again in each. Times in seconds. */
export interface Stream {
  /** Where in the period they begin and end; below 0 when the first one is sent as the period begins. */
  readonly from: number;
  readonly to: number;
  readonly period: number;
  /** Bytes of a datagram, UDP payload. */
  readonly length: number;
  /** Symbols in a period. */
  readonly count: number;
  /** So many are sent in a row; the rows are spread evenly. */
  readonly row: number;
  /** Seconds of a row, where each has its place and begins at the end of its share of the time; otherwise it may be anywhere. */
  readonly rowSeconds?: number;
  /** Seconds from one symbol of a row to the next, at least, where others are sent between them. */
  readonly inRow?: number;
  /** Time from one row to the next on average, where it is least, when rows are not quite even. */
  readonly gap?: number;
  /** The same where it is most. */
  readonly mostGap?: number;
  /** How many of the rows come so long after the last one, the shortest time; the others have the rest of the mean. */
  readonly short?: { readonly share: number; readonly gap: number };
  /** Seconds by which repetitions between the rows may make a period longer, at most. */
  readonly delay?: number;
  /** When the rows of a period begin and end, where that is known. */
  readonly rows?: readonly { readonly begin: number; readonly end: number }[];
}

/** Sums of shares may come out a little below a whole number. */
const ROUNDING = 1e-6;

/** How many symbols lie between two moments: of each its place is known. A row counts when all of it does. */
export function symbolsHeard(stream: Stream, begin: number, end: number): number {
  if (end <= begin) return 0;
  const { count, row, rows, rowSeconds, period } = stream;
  if (rows !== undefined) {
    const ended = rowsBy(rows, period, end, (each) => each.end <= end - Math.floor(end / period) * period);
    const missed = rowsBy(
      rows,
      period,
      begin,
      (each) => each.begin < begin - Math.floor(begin / period) * period,
    );
    return row * Math.max(0, ended - missed);
  }
  if (rowSeconds !== undefined) {
    const rowsBegun = (time: number) => Math.floor(sentUntil(stream, time) / row + ROUNDING);
    return row * Math.max(0, rowsBegun(end - rowSeconds) - rowsBegun(begin));
  }
  const isInRows = row > 1 && row < count;
  if (isInRows) {
    const wholeRows = Math.floor((sentUntil(stream, end) - sentUntil(stream, begin)) / row + ROUNDING);
    // In whole periods rows that are cut at the beginning go on at the end.
    return Math.max(row * wholeRows, count * wholePeriods(stream, end - begin));
  }
  const wholeBy = (time: number) => Math.floor(sentUntil(stream, time) + ROUNDING);
  return wholeBy(end) - wholeBy(begin);
}

/** How many rows a condition holds of until a moment, when it holds of all those of earlier periods. */
function rowsBy<Row>(
  rows: readonly Row[],
  period: number,
  time: number,
  isBy: (row: Row) => boolean,
): number {
  let low = -1;
  let high = rows.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isBy(rows[middle]!)) low = middle;
    else high = middle;
  }
  return Math.floor(time / period) * rows.length + high;
}

function wholePeriods({ period, delay = 0 }: Stream, seconds: number): number {
  return Math.max(0, Math.floor((seconds - delay) / period + ROUNDING));
}

function sentUntil({ from, to, period, count }: Stream, time: number): number {
  const periods = Math.floor(time / period);
  const share = (time - periods * period - from) / (to - from);
  return count * (periods + Math.min(1, Math.max(0, share)));
}

/** Seconds from the last symbol of a row to the first of the next one. @param symbolSeconds between two of a row */
export function rowGap({ from, to, period, count, row, gap }: Stream, symbolSeconds: number): number {
  if (gap !== undefined) return Math.max(symbolSeconds, gap);
  const length = row < count ? to - from : period;
  return Math.max(symbolSeconds, (length * row) / count - (row - 1) * symbolSeconds);
}

/** Seconds from one symbol to the next, as if rows were spread; the least, where they are not quite even, and the mean. */
export function symbolSpacing({ from, to, period, count, row, gap }: Stream): {
  least: number;
  mean: number;
  row: number;
} {
  const mean = (row < count ? to - from : period) / count;
  return { least: row === 1 && gap !== undefined ? Math.min(gap, mean) : mean, mean, row };
}
