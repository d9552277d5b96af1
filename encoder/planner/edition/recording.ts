import type { RecordedObject } from '../../recording/recorded-object.js';
import type { Order } from '../../recording/schedule/order.js';
import { spansOf } from '../../recording/schedule/order.js';
import { chooseRepetition, repeatedSymbols } from '../../recording/schedule/repetition.js';
import { symbolPacketBytes } from '../../session/object-coding.js';
import { leastTableDatagrams, tableDatagrams } from '../../session/tables.js';
import type { Airing, DueTimes } from './airing.js';
import type { Datagrams } from './chances/losses.js';
import { dueOrder } from './due.js';
import { createInsertions } from './insertions.js';
import type { PreparedEdition } from './prepare.js';
import type { Stream } from './stream.js';

/** An edition on the air: once, or again and again. */
export interface EditionAir extends DueTimes {
  readonly airings: readonly Airing[];
  /** Seconds of the recording, or of a pass. */
  readonly period: number;
  /** All parts but the index and the front take turns all the time. */
  readonly isMixed: boolean;
  /** Seconds after which its silences come again; undefined when it has none. */
  readonly cycle?: number;
  /** Seconds by which a symbol may come before its even share where parts take turns. */
  readonly late: number;
  /** Those with the longest symbols, or the mean of them and of tables. */
  readonly datagrams: Datagrams;
}

/** A recording of an edition. */
export interface RecordedEdition extends EditionAir {
  readonly counts: {
    readonly source: number;
    readonly repair: number;
    /** Of index and front when they come again. */
    readonly repeated: number;
    readonly fdt: number;
    readonly total: number;
  };
  /** Bytes of IP packets. */
  readonly packetBytes: number;
}

/** Datagrams that a symbol waits for at most where parts and tables take turns. */
export const LATE = 4;

/**
 * An edition as `datacast encode` sends it, by the same rules. Symbols wait while tables and repetitions are sent.
 */
export function recordedEdition(
  prepared: PreparedEdition,
  objects: readonly RecordedObject[],
  order: Order,
): RecordedEdition {
  const { parameters, session, tables, first } = prepared;
  const { rate } = parameters;
  const repetition = chooseRepetition(objects, session, rate);
  const symbolsOf = objects.map(({ coding }) => coding.sourceSymbols + coding.repairSymbols);
  const symbolBytes = objects.map(({ coding }) => symbolPacketBytes(coding, session));
  const due = spansOf(symbolsOf, first, order).map((span, i) => ({ ...span, packetBytes: symbolBytes[i]! }));
  const { placeOf, dueAt, distances } = dueOrder(due);
  const spans = due.map(({ from, to }) => ({ from: placeOf(from), to: placeOf(to) }));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const source = sum(objects.map(({ coding }) => coding.sourceSymbols));
  const once = sum(symbolsOf);
  const repeatedOf = objects.map(({ coding }, i) => repeatedSymbols(repetition, i) * coding.blocks.length);
  const repeated = sum(repeatedOf);
  const bytesOf = (counts: readonly number[]) => sum(counts.map((count, i) => count * symbolBytes[i]!));
  const [onceBytes, repeatedBytes] = [bytesOf(symbolsOf), bytesOf(repeatedOf)];

  const { designLoss } = objects[0]!.coding;
  const endOfFirst = spans[first - 1]!.to;
  /** Where the last repetition ends, in bytes. */
  const endOfRepeated = endOfFirst + ((onceBytes - endOfFirst) * repetition.times) / (repetition.times + 1);
  const repetitionBytes = repetition.times === 0 ? 0 : repeatedBytes / repetition.times;
  const repetitions = createInsertions(
    Array.from({ length: repetition.times }, (_, i) => ({
      at: endOfFirst + ((onceBytes - endOfFirst) * (i + 1)) / (repetition.times + 1),
      bytes: repetitionBytes,
    })),
  );
  // A table is sent as long as its objects are: in bytes of symbols, those of repetitions too.
  const tableSpans = tables.map(({ objects: ofTable }) => ({
    from: repetitions.beginAt(Math.min(...ofTable.map((i) => spans[i]!.from))),
    to: Math.max(
      repetitions.endAt(Math.max(...ofTable.map((i) => spans[i]!.to))),
      ofTable.some((i) => repeatedSymbols(repetition, i) > 0) ? (repetitions.ends.at(-1) ?? 0) : 0,
    ),
  }));
  const least = leastTableDatagrams(tables, designLoss);
  const wanted = tableDatagrams(once + repeated, tables, designLoss);
  const length = sum(tableSpans.map(({ from, to }) => to - from));
  const tableCounts = tableSpans.map(({ from, to }) =>
    Math.max(least, Math.round((wanted * (to - from)) / length)),
  );

  const fdt = sum(tableCounts);
  const tableBytes = sum(tables.map((table, i) => tableCounts[i]! * table.packetBytes));
  const packetBytes = onceBytes + repeatedBytes + tableBytes;
  const secondsOf = (bytes: number) => (8 * bytes) / rate;
  const period = secondsOf(packetBytes);
  const longestSymbol = Math.max(...symbolBytes);
  const longestTable = Math.max(...tables.map((table) => table.packetBytes));
  /** Of a packet, if all symbols were as long as the longest. */
  const meanBytes = ((once + repeated) * longestSymbol + tableBytes) / (once + repeated + fdt);
  /** Seconds of a byte, with its share of tables and repetitions, and of a symbol in the time in which it is due. */
  const [perByte, perSymbol] = [period / onceBytes, period / once];
  const turns = createInsertions(
    tableSpans.flatMap(({ from, to }, i) => {
      const [count, bytes] = [tableCounts[i]!, tables[i]!.packetBytes];
      return Array.from({ length: count }, (_, j) => ({ at: from + (j * (to - from)) / (count - 1), bytes }));
    }),
  );
  /** Between symbols lies all but the table that opens the recording and the one that closes it. */
  const inside = (packetBytes - 2 * Math.min(...tables.map((table) => table.packetBytes))) / onceBytes;
  /** Of the symbols: those between which nothing else is sent. */
  const shortShare = Math.max(1 / 2, 1 - (fdt - 2 + repetition.times) / once);
  const placeAt = (seconds: number) => repetitions.placeAt(turns.placeAt((seconds * rate) / 8));
  let tablesBefore = 0;
  const tableStreams = tables.map(({ packetBytes: bytes }, i): Stream => {
    const count = tableCounts[i]!;
    const ends = turns.ends.slice(tablesBefore, tablesBefore + count);
    tablesBefore += count;
    // A table waits for the end of a symbol, but for the last one.
    const rows = ends.map((end, j) => {
      const isLast = j === count - 1;
      const late = isLast ? end : end + longestSymbol;
      // One that joins waits for so long as a symbol is late: a datagram that is being sent is in it.
      const width = isLast ? bytes : Math.max(0, bytes - longestSymbol);
      // All begin before the next recording does.
      return {
        begin: secondsOf(Math.min(late - width, packetBytes - bytes)),
        end: secondsOf(Math.min(late, packetBytes)),
      };
    });
    const [from, to] = [secondsOf(ends[0]!), secondsOf(ends.at(-1)!)];
    const length = bytes - session.packetOverhead;
    return { from: from - (to - from) / (count - 1), to, period, length, count, row: 1, rows };
  });
  const repeatedRows = repetitions.ends.map((end) => {
    const late = turns.endAt(end) + LATE * longestSymbol;
    return { begin: secondsOf(late - repetitionBytes - longestTable), end: secondsOf(late) };
  });
  const pauseBytes = (onceBytes - endOfFirst) / (repetition.times + 1) - 2 * LATE * longestSymbol;
  /** From one symbol of a block to its next in a repetition, in which the blocks of all its objects take turns, at least. */
  const inRowOf = (symbols: number) => {
    const rounds = Math.max(...repetition.symbols);
    const between = Math.floor(rounds / symbols);
    return repetition.objects.reduce((bytes, object, i) => {
      const others = Math.floor((between * repetition.symbols[i]!) / rounds);
      return bytes + others * objects[object]!.coding.blocks.length * symbolBytes[object]!;
    }, 0);
  };
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const { from, to } = due[i]!;
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const table = tables.findIndex(({ objects: ofTable }) => ofTable.includes(i));
    const times = repeatedSymbols(repetition, i);
    const length = symbolBytes[i]! - session.packetOverhead;
    // Blocks take turns.
    const distance = distances(due[i]!, coding.blocks.length);
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      stream: {
        from: from * perSymbol,
        to: to * perSymbol,
        period,
        length,
        count: sourceSymbols + Math.min(...coding.repair),
        row: 1,
        gap: secondsOf(distance.mean * Math.max(1, inside)),
        mostGap: secondsOf(distance.most * Math.max(1, inside)),
        short: { share: shortShare, gap: secondsOf(distance.mean - distance.jitter) },
      },
      repetition:
        times === 0
          ? undefined
          : {
              from: endOfFirst * perByte,
              to: endOfRepeated * perByte,
              period,
              length,
              count: times,
              row: times / repetition.times,
              inRow: secondsOf(inRowOf(times / repetition.times)),
              rows: repeatedRows,
            },
      ...(times > 0 && pauseBytes > 0 && { pause: secondsOf(pauseBytes) }),
      table: tableStreams[table]!,
      tableSymbols: tables[table]!.sourceSymbols,
    };
  });
  return {
    airings,
    period,
    isMixed: order === 'mixed',
    dueAt: (seconds) => {
      const before = Math.floor(seconds / period);
      return before * period + perSymbol * dueAt(placeAt(seconds - before * period));
    },
    late: secondsOf(LATE * longestSymbol),
    datagrams: { seconds: secondsOf(meanBytes), length: meanBytes - session.packetOverhead },
    counts: { source, repair: once - source, repeated, fdt, total: once + repeated + fdt },
    packetBytes,
  };
}
