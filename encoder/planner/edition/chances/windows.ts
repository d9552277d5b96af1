import type { Effort } from '../../completion/effort.js';
import { visibleAtLeast, type Windows } from '../../completion/windows.js';
import type { Airing } from '../airing.js';
import { type Stream, symbolSpacing } from '../stream.js';
import type { Datagrams, Losses } from './losses.js';
import { FAILURES, needsOf } from './needs.js';
import type { ByTime } from './times.js';

/** What comes at least so often in a window is counted by the time that is seen; what comes seldomer, row by row. */
const OFTEN = 1.9;
/** More rows are not looked at one by one. */
const MOST_ROWS = 20_000;
/** What a row takes, in steps. */
const ROW_STEPS = 20;

/**
 * What is seen through windows of a carousel. Of what comes often only the visible time matters, and in each window but one a row
 * is counted less than fits into it. What comes seldom, as tables in windows shorter than the time between two, is counted row by
 * row over all phases that the windows can have; it is taken for exactly periodic.
 *
 * @param losses of what is visible: independent ones
 */
export function throughWindows(
  airings: readonly Airing[],
  windows: Windows,
  { losses, independentLoss }: { readonly losses: Losses; readonly independentLoss: number },
  datagrams: Datagrams,
  effort: Effort,
): ByTime {
  const isOften = (stream: Stream) => rowDistance(stream) * OFTEN <= windows.length;
  /** At whatever moment a window begins, so many rows lie in it after so long; in each piece more, one is counted less. */
  const seenOf = (stream: Stream, needed: number): Seen => {
    const [distance, length] = [rowDistance(stream), stream.row * datagrams.seconds];
    return { seen: Math.ceil(needed / stream.row) * distance + length, slack: distance + length };
  };
  const bySeen =
    (levels: readonly Seen[]): ByTime =>
    (seconds) => {
      const pieces = windows.length >= windows.period ? 1 : Math.floor(seconds / windows.period) + 3;
      const chances = levels.map(({ seen, slack }, i) => {
        const visible = visibleAtLeast(windows, seconds, seen + (pieces - 1) * slack);
        return (1 - FAILURES[i]!) * Math.max(visible, seenAtOnce(windows, seconds, seen));
      });
      return Math.max(...chances);
    };
  /** What comes in one way or another; the better one counts. */
  const best =
    (ways: readonly ByTime[]): ByTime =>
    (seconds) =>
      Math.max(...ways.map((way) => way(seconds)));
  const byRow = (stream: Stream, needed: number, events: number): ByTime =>
    byRows(stream, windows, datagrams.seconds, effort, (symbols) => {
      return 1 - events * losses.failure(stream, needed, symbols);
    });

  const together = FAILURES.map((): Seen => ({ seen: 0, slack: 0 }));
  const share = (levels: readonly Seen[]) => {
    for (const [i, { seen, slack }] of levels.entries()) {
      together[i]!.seen = Math.max(together[i]!.seen, seen);
      together[i]!.slack = Math.max(together[i]!.slack, slack);
    }
  };
  const alone: ByTime[] = [];
  const tables = new Map<Stream, number>();
  for (const { airing, symbols, tables: tableNeeds } of needsOf(airings, independentLoss)) {
    const { blocks, stream, repetition, table } = airing;
    const streams = [stream, repetition].filter((each) => each !== undefined);
    const levelsOf = (each: Stream) => symbols.map((needed) => seenOf(each, needed));
    if (repetition === undefined && isOften(stream!)) share(levelsOf(stream!));
    else {
      // What is repeated as a whole has longer to wait in each window than what takes turns.
      const ways = streams.map((each) =>
        isOften(each) ? bySeen(levelsOf(each)) : byRow(each, blocks.sourceSymbols, blocks.count),
      );
      alone.push(best(ways));
    }
    if (isOften(table)) share(tableNeeds.map((needed) => seenOf(table, needed)));
    else tables.set(table, (tables.get(table) ?? 0) + 1);
  }
  for (const [table, announces] of tables) {
    const { tableSymbols } = airings.find((airing) => airing.table === table)!;
    alone.push(byRow(table, tableSymbols === 1 ? 0 : tableSymbols, announces));
  }
  const shared = bySeen(together);
  return (seconds) => {
    let all = shared(seconds);
    for (const complete of alone) {
      if (all <= 0) return 0;
      all -= 1 - complete(seconds);
    }
    return Math.max(0, all);
  };
}

/** Seconds that must be seen, and those of each piece of them that may be in vain. */
interface Seen {
  seen: number;
  slack: number;
}

/** Seconds from one row to the next. */
function rowDistance(stream: Stream): number {
  const { least, row } = symbolSpacing(stream);
  return least * row;
}

/** That enough rows lie in windows, by the mean over all phases of the windows. @param enough by symbols, never falls */
function byRows(
  stream: Stream,
  { period, length }: Windows,
  symbolSeconds: number,
  effort: Effort,
  enough: (symbols: number) => number,
): ByTime {
  const { row } = stream;
  const distance = rowDistance(stream);
  // All of a row must lie in a window.
  const width = length - row * symbolSeconds;
  const known = new Map<number, number>();
  const enoughRows = (rows: number) => {
    const earlier = known.get(rows);
    if (earlier !== undefined) return earlier;
    const now = Math.max(0, enough(rows * row));
    known.set(rows, now);
    return now;
  };
  return (seconds) => {
    const rows = Math.min(MOST_ROWS, Math.floor(seconds / distance));
    if (width <= 0 || rows < 1) return 0;
    effort.spend(ROW_STEPS * rows);
    // A window that begins from `width` before a row up to it sees it.
    const changes: { at: number; by: number }[] = [];
    let now = 0;
    for (let each = 0; each < rows; each++) {
      const last = (each * distance) % period;
      const first = last - width;
      if (first < 0) now++;
      changes.push({ at: (first + period) % period, by: 1 }, { at: last, by: -1 });
    }
    changes.sort((a, b) => a.at - b.at || b.by - a.by);
    let all = 0;
    let before = 0;
    for (const { at, by } of changes) {
      all += (at - before) * enoughRows(now);
      before = at;
      now += by;
    }
    return (all + (period - before) * enoughRows(now)) / period;
  };
}

/** The probability that one window has shown the sender for so long, when the first moment is a random one of the period. */
function seenAtOnce({ period, length }: Windows, elapsed: number, needed: number): number {
  if (needed > length || elapsed < needed) return 0;
  const inFirst = length - needed;
  return Math.min(1, (inFirst + elapsed - needed) / period);
}
