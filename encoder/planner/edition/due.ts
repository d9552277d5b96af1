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
  /** The least that is sent from one symbol of a span to its next. */
  leastDistance(span: SpanOfBytes): number;
}

/** What is to be sent evenly, and the bytes of IP packets that each of its symbols takes. */
export interface SpanOfBytes extends Span {
  readonly packetBytes: number;
}

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
    leastDistance({ from, to, count, packetBytes }) {
      let least = Number.POSITIVE_INFINITY;
      for (let i = 1; i < times.length; i++) {
        if (times[i - 1]! < from || times[i]! > to) continue;
        least = Math.min(least, (places[i]! - places[i - 1]!) / (times[i]! - times[i - 1]!));
      }
      return Math.max(packetBytes, (least * (to - from)) / count);
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
