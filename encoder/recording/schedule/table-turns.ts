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
 * of them, after the last, and in between evenly in time. One without objects is sent from the beginning to the end.
 *
 * @param symbols what is sent, the same each time: for each datagram the index of its object
 * @param packetBytes bytes of an IP packet with a symbol of each object
 */
export function tablesInOrder(
  symbols: () => Iterable<{ readonly object: number }>,
  packetBytes: readonly number[],
  { tableOf, tables, least, datagrams }: TableShare,
): TableTurn[] {
  /** In bytes from the beginning. */
  const spans = Array.from({ length: tables }, () => ({ from: Number.POSITIVE_INFINITY, to: 0 }));
  let sent = 0;
  for (const { object } of symbols()) {
    const span = spans[tableOf[object]!]!;
    span.from = Math.min(span.from, sent);
    sent += packetBytes[object]!;
    span.to = sent;
  }
  for (const span of spans)
    if (span.from === Number.POSITIVE_INFINITY) Object.assign(span, { from: 0, to: sent });
  const airtime = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const due = spans
    .flatMap(({ from, to }, table) => {
      const count = Math.max(least, Math.round((datagrams * (to - from)) / airtime));
      return Array.from({ length: count }, (_, i) => ({ table, at: from + (i * (to - from)) / (count - 1) }));
    })
    .sort((a, b) => a.at - b.at || a.table - b.table);
  return afterSymbols(due, symbols(), packetBytes);
}

/** Sums of shares may come out a little above a whole number of bytes. */
const ROUNDING = 1e-6;

/** Puts each behind the symbols that begin before it is due. @param due in their order */
function afterSymbols(
  due: readonly { readonly table: number; readonly at: number }[],
  symbols: Iterable<{ readonly object: number }>,
  packetBytes: readonly number[],
): TableTurn[] {
  const turns: TableTurn[] = [];
  let after = 0;
  let sent = 0;
  for (const { object } of symbols) {
    while (turns.length < due.length && due[turns.length]!.at <= sent + ROUNDING) {
      turns.push({ table: due[turns.length]!.table, after });
    }
    after++;
    sent += packetBytes[object]!;
  }
  for (const { table } of due.slice(turns.length)) turns.push({ table, after });
  return turns;
}
