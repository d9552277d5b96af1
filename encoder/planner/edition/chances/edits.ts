import type { Airing } from '../airing.js';
import { type Stream, symbolsHeard } from '../stream.js';
import type { Losses } from './losses.js';
import { type ByTime, type Times, timesOf, timeUntil } from './times.js';

/** Content that is edited again and again: each edit replaces a part, and with it the index. */
export interface Edits {
  /** Seconds from one edit to the next. */
  readonly every: number;
  /** How the part that changes is sent. */
  readonly part: Airing;
  /** Parts that edits may change. */
  readonly parts: number;
  readonly index: Airing;
}

/** What edits cost. Times in seconds. */
export interface EditTimes {
  /** Share of the airtime for what edits change. */
  readonly share: number;
  /** From an edit going on the air until receivers that have all else have it too. */
  readonly edit: Times;
  /** From joining until all is there that edits do not change. */
  readonly unchanged: Times;
  /** From joining until everything is there, the last edit too. */
  readonly everything: Times;
}

/** Of the airtime, what is new has so much until it is through, and all else the rest. */
const NEW_SHARE = 3 / 4;
/** Of the failures that the confidence allows, edits may take so many: the best of them is taken at every time. */
const SHARES_OF_FAILURES = [0.9, 0.4, 0.1];
const NEVER: Times = { expected: undefined, atConfidence: undefined };

/**
 * How long it takes while edits go on, at most. What is new is sent first, once, with three quarters of the airtime; parts
 * that did not change go on as they are. So all else loses the airtime of the edits, and of one more. When it is there, the
 * last edit must have arrived: where that takes longer than until the next one, there is no moment at which everything is
 * sure to be there.
 *
 * @param complete everything, without edits
 * @param datagramSeconds mean time from one datagram to the next
 * @param longest time that is looked at
 */
export function timesWithEdits(
  complete: ByTime,
  { every, part, parts, index }: Edits,
  losses: Losses,
  datagramSeconds: number,
  confidence: number,
  longest: number,
): EditTimes {
  const seconds = (symbolsOnce(part) + symbolsOnce(index)) * datagramSeconds;
  const share = seconds / every;
  const arrived: ByTime = (time) =>
    arrival(part, time, losses, datagramSeconds) * arrival(index, time, losses, datagramSeconds);
  const edit = timesOf(arrived, confidence, longest);
  if (share >= NEW_SHARE) return { share, edit, unchanged: NEVER, everything: NEVER };
  const unchanged: ByTime = (time) => complete(Math.max(0, time * (1 - share) - seconds));
  const ways = SHARES_OF_FAILURES.flatMap((failures) => {
    const missed = failures * (1 - confidence);
    const after = timeUntil(arrived, 1 - missed, every);
    return after === undefined ? [] : [{ missed, after }];
  });
  const everything: ByTime = (time) => {
    const edits = Math.min(parts, Math.ceil(time / every));
    return Math.max(
      0,
      ...ways.map(({ missed, after }) => unchanged(Math.max(0, time - after)) - edits * missed),
    );
  };
  const most = longest / (1 - share);
  const others = timesOf(unchanged, confidence, most);
  if (ways.length === 0) return { share, edit, unchanged: others, everything: NEVER };
  return {
    share,
    edit,
    unchanged: others,
    everything: {
      // Whoever has all else waits for one edit, on average.
      expected: sumOf(others.expected, edit.expected),
      atConfidence: timeUntil(everything, confidence, most),
    },
  };
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function symbolsOnce({ blocks, stream, repetition }: Airing): number {
  return blocks.count * (stream ?? repetition)!.count;
}

/** That a new object is there so long after it went on the air: sent once as a whole, with its table, then both in their turn. */
function arrival(airing: Airing, time: number, losses: Losses, datagramSeconds: number): number {
  const { blocks, stream, repetition, table, tableSymbols } = airing;
  const { count, length } = (stream ?? repetition)!;
  const duration = (blocks.count * count * datagramSeconds) / NEW_SHARE;
  const once: Stream = { from: 0, to: duration, period: Number.MAX_VALUE, length, count, row: 1 };
  const later = (repetition ?? stream)!;
  const again = time < duration ? 0 : symbolsHeard(later, later.to, later.to + time - duration);
  const first = symbolsHeard(once, 0, time);
  const needed = blocks.sourceSymbols;
  // Losses with memory: what is sent at first counts as one repetition more, or else it counts alone.
  const isWhole = repetition !== undefined && first >= repetition.row;
  const failed = losses.isIndependent
    ? losses.failure(once, needed, first + again)
    : Math.min(
        losses.failure(once, needed, first),
        losses.failure(later, needed, again + (isWhole ? repetition.row : 0)),
      );
  const tables = tableSymbols + symbolsHeard(table, table.to, table.to + time);
  const missed = losses.failure(table, tableSymbols === 1 ? 0 : tableSymbols, tables);
  return (1 - failed) ** blocks.count * (1 - missed);
}
