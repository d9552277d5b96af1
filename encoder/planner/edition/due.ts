import type { Span } from '../../recording/schedule/turns.js';

/**
 * The order of `takeTurns`: symbols go in the order in which they are due, without a pause. So as many are sent before one as
 * are due before it. Times are counted in symbols, places in bytes.
 */
export interface DueOrder {
  /** How much is sent when all symbols are that are due by a time. */
  placeOf(due: number): number;
  /** Up to which time what is due is sent, after so many bytes. */
  dueAt(place: number): number;
  /**
   * What is sent from one symbol of a span up to the one that is so many further: on average, where it is least and where it is
   * most, and by how much it may be less than the least.
   */
  distances(
    span: SpanOfBytes,
    symbols: number,
  ): { readonly mean: number; readonly most: number; readonly jitter: number };
}

/** What is to be sent evenly, and the bytes of IP packets that each of its symbols takes. */
export interface SpanOfBytes extends Span {
  readonly packetBytes: number;
}

/** Quotients may come out a little below a whole number. */
const ROUNDING = 1e-9;

/** @param spans end with the last symbol */
export function dueOrder(spans: readonly SpanOfBytes[]): DueOrder {
  const times = [...new Set(spans.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const places = times.map((time) =>
    spans.reduce(
      (sum, { from, to, count, packetBytes }) =>
        sum + count * packetBytes * Math.min(1, Math.max(0, (time - from) / (to - from))),
      0,
    ),
  );
  return {
    placeOf: (due) => interpolate(times, places, due),
    dueAt: (place) => interpolate(places, times, place),
    distances({ from, to, count, packetBytes }, symbols) {
      const step = (symbols * (to - from)) / count;
      let [mean, surely] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      let [most, longest] = [0, 0];
      for (let i = 1; i < times.length; i++) {
        if (times[i - 1]! < from || times[i]! > to) continue;
        let [due, whole] = [0, 0];
        for (const other of spans) {
          if (other.from > times[i - 1]! || other.to < times[i]!) continue;
          const each = (other.count * step) / (other.to - other.from);
          due += other.packetBytes * each;
          // Of each span as many whole symbols are due between the two at least.
          whole += other.packetBytes * Math.floor(each + ROUNDING);
          longest = Math.max(longest, other.packetBytes);
        }
        mean = Math.min(mean, due);
        most = Math.max(most, due);
        surely = Math.min(surely, whole);
      }
      mean = Math.max(symbols * packetBytes, mean);
      return { mean, most: Math.max(mean, most), jitter: Math.max(0, Math.min(longest, mean - surely)) };
    },
  };
}

/** Linear between points. @param from rises */
function interpolate(from: readonly number[], to: readonly number[], value: number): number {
  let low = 0;
  let high = from.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle]! <= value) low = middle;
    else high = middle;
  }
  const width = from[high]! - from[low]!;
  const share = width === 0 ? 1 : Math.min(1, Math.max(0, (value - from[low]!) / width));
  return to[low]! + share * (to[high]! - to[low]!);
}
