/** What is to be sent evenly over a part of the transmission. */
export interface Span {
  /** Where it begins and ends, in any unit. */
  readonly from: number;
  readonly to: number;
  /** Symbols. */
  readonly count: number;
}

/** A span in work. */
interface Sending {
  readonly index: number;
  readonly span: Span;
  sent: number;
  /** When its next symbol is due, in the unit of the spans. */
  due: number;
}

/**
 * Lets spans take turns: of each the symbols are spread evenly, the last one is due at its end.
 *
 * @returns for every symbol the index of its span
 */
export function* takeTurns(spans: readonly Span[]): Generator<number> {
  /** A heap: none is due before `heap[(i - 1) >> 1]`. A sorted list is one. */
  const heap = spans
    .map((span, index): Sending => ({ index, span, sent: 0, due: dueTime(span, 0) }))
    .sort(compare);
  for (let next = heap[0]; next !== undefined && next.sent < next.span.count; next = heap[0]) {
    yield next.index;
    next.sent++;
    next.due = dueTime(next.span, next.sent);
    sinkFirst(heap);
  }
}

function dueTime({ from, to, count }: Span, sent: number): number {
  return sent === count ? Number.POSITIVE_INFINITY : from + ((sent + 1) / count) * (to - from);
}

/** Spans that are due at one time take their turns in their order. */
function compare(a: Sending, b: Sending): number {
  return a.due === b.due ? a.index - b.index : a.due - b.due;
}

/** Moves the first one of a heap to where it belongs. */
function sinkFirst(heap: Sending[]): void {
  const sinking = heap[0]!;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    const other = heap[child + 1];
    if (other !== undefined && compare(other, heap[child]!) < 0) child++;
    if (compare(sinking, heap[child]!) <= 0) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = sinking;
}
