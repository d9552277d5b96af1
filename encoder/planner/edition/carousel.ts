import type { RecordedObject } from '../../recording/recorded-object.js';
import { MAX_TURNS, repetitionIntervals } from '../../send/multiplex/intervals.js';
import { symbolPacketBytes } from '../../session/object-coding.js';
import { symbolsToSend } from '../../session/repair.js';
import type { Airing } from './airing.js';
import type { PlannedTable, PreparedEdition } from './prepare.js';
import { type EditionAir, LATE } from './recording.js';
import type { Stream } from './stream.js';

/** Milliseconds after which tables, and index and front, come again where their shares of the rate allow it (docs/uplink.md). */
const WANTED = { table: 2000, front: 30_000 };
/** Repetitions of index and front are made for this loss at least, and do not suffice once in so many cases. */
const LEAST_LOSS = 0.05;
const MISS_PROBABILITY = 0.01;

/** An edition as `datacast send` keeps it on the air: all parts take turns, with fresh symbols for ever. */
export function carouselEdition(prepared: PreparedEdition, objects: readonly RecordedObject[]): EditionAir {
  const { parameters, session, first, tables } = prepared;
  const bytesPerSecond = parameters.rate / 8;
  const symbolBytes = objects.map(({ coding }) => symbolPacketBytes(coding, session));
  const longestSymbol = Math.max(...symbolBytes);
  const longest = Math.max(longestSymbol, ...tables.map(({ packetBytes }) => packetBytes));
  const repetitions = objects.slice(0, first).map(repetitionSymbols);
  const bytesOf = (from: number, to: number) =>
    repetitions
      .slice(from, to)
      .reduce(
        (sum, symbols, i) => sum + symbols * objects[from + i]!.coding.blocks.length * symbolBytes[from + i]!,
        0,
      );
  const [indexBytes, frontBytes] = [bytesOf(0, 1), bytesOf(1, first)];
  const { ofFirst, others } = divideTables(prepared);
  const bytes = objects.map(
    ({ coding }, i) => (coding.sourceSymbols + coding.repairSymbols) * symbolBytes[i]!,
  );
  const passBytes = bytes.slice(1).reduce((sum, count) => sum + count, 0);
  const repeated = {
    indexTables: tableBytes(ofFirst),
    otherTables: tableBytes(others),
    indexes: indexBytes,
    fronts: frontBytes,
  };
  const milliseconds = repetitionIntervals(repeated, WANTED, parameters.rate, passBytes);
  const secondsOf = (kind: keyof typeof repeated) => milliseconds[kind] / 1000;
  const kinds = Object.keys(repeated) as (keyof typeof repeated)[];
  const left = kinds.reduce((rest, kind) => rest - repeated[kind] / secondsOf(kind), bytesPerSecond);
  const period = passBytes / left;
  const frontSeconds = frontBytes / bytesPerSecond > WANTED.front / 1000 ? undefined : secondsOf('fronts');
  const tablesInTurn = (tables: readonly PlannedTable[], interval: number) => {
    const tableSymbols = Math.max(...tables.map(({ sourceSymbols }) => sourceSymbols));
    const packet = Math.max(...tables.map(({ packetBytes }) => packetBytes));
    const seconds = (tableSymbols * packet) / bytesPerSecond;
    const length = packet - session.packetOverhead;
    return { tableSymbols, table: burst(tableSymbols, length, seconds, interval) };
  };
  const ofFirstInTurn = tablesInTurn(ofFirst, secondsOf('indexTables'));
  const othersInTurn = tablesInTurn(others, secondsOf('otherTables'));
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const count = sourceSymbols + Math.min(...coding.repair);
    const seconds = i === 0 ? secondsOf('indexes') : i < first ? frontSeconds : undefined;
    const length = symbolBytes[i]! - session.packetOverhead;
    const again = repetitions[i] ?? 0;
    const repetitionSeconds = (again * coding.blocks.length * symbolBytes[i]!) / bytesPerSecond;
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      stream:
        i === 0
          ? undefined
          : { from: 0, to: period, period, length, count, row: Math.ceil(count / MAX_TURNS) },
      repetition: seconds === undefined ? undefined : burst(again, length, repetitionSeconds, seconds),
      ...(i < first ? ofFirstInTurn : othersInTurn),
    };
  });
  return {
    airings,
    period,
    isMixed: true,
    dueAt: (seconds) => seconds,
    late: ((LATE - 1) * longestSymbol + longest) / bytesPerSecond,
    datagrams: { seconds: longestSymbol / bytesPerSecond, length: longest - session.packetOverhead },
  };
}

/** So many symbols in a row, which take so many seconds, once in a period. */
function burst(count: number, length: number, rowSeconds: number, period: number): Stream {
  return { from: 0, to: period, period, length, count, row: count, rowSeconds };
}

/** Symbols that one repetition has of each block. */
function repetitionSymbols({ coding: { blocks, designLoss } }: RecordedObject): number {
  const longest = Math.max(...blocks.map(({ sourceSymbols }) => sourceSymbols));
  return symbolsToSend(longest, Math.max(designLoss, LEAST_LOSS), MISS_PROBABILITY / blocks.length);
}

/** Index and front stand in tables of their own; here a table that has both kinds counts for both. */
function divideTables({ tables, first }: PreparedEdition) {
  const isFirst = (i: number) => i < first;
  const others = tables.filter(({ objects }) => !objects.every(isFirst));
  return { ofFirst: tables.filter(({ objects }) => objects.some(isFirst)), others };
}

/** Bytes of IP packets of some tables, each sent once. */
function tableBytes(tables: readonly PlannedTable[]): number {
  return tables.reduce((sum, { sourceSymbols, packetBytes }) => sum + sourceSymbols * packetBytes, 0);
}
