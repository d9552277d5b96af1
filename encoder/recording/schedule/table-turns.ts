/** A datagram of a table in its turn. */
export interface TableTurn {
  /** Index of the table. */
  readonly table: number;
  /** Datagrams of objects that are sent before it. */
  readonly after: number;
}

export interface TableShare {
  /** Index of the table of each object. */
  readonly tableOf: readonly number[];
  readonly tables: number;
  /** Datagrams that each table has at least, 2 or more. */
  readonly least: number;
  /** Datagrams of all tables, unless some need more to have the least. */
  readonly datagrams: number;
}

/**
 * The datagrams of all tables in the order to send them. A table is sent while its objects are: before the first symbol
 * of them, after the last, and evenly in between. One without objects is sent from the beginning to the end.
 *
 * @param symbols what is sent: for each datagram the index of its object
 */
export function tablesInOrder(
  symbols: Iterable<{ readonly object: number }>,
  { tableOf, tables, least, datagrams }: TableShare,
): TableTurn[] {
  const spans = Array.from({ length: tables }, () => ({ from: Number.POSITIVE_INFINITY, to: 0 }));
  let sent = 0;
  for (const { object } of symbols) {
    const span = spans[tableOf[object]!]!;
    span.from = Math.min(span.from, sent);
    span.to = ++sent;
  }
  for (const span of spans)
    if (span.from === Number.POSITIVE_INFINITY) Object.assign(span, { from: 0, to: sent });
  const airtime = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  return spans
    .flatMap(({ from, to }, table) => {
      const count = Math.max(least, Math.round((datagrams * (to - from)) / airtime));
      return Array.from({ length: count }, (_, i) => ({
        table,
        after: from + Math.ceil((i * (to - from)) / (count - 1)),
      }));
    })
    .sort((a, b) => a.after - b.after || a.table - b.table);
}
