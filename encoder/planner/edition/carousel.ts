import type { RecordedObject } from '../../recording/recorded-object.js';
import {
  MAX_TURNS,
  type RepeatedBytes as Repeated,
  repetitionIntervals,
} from '../../send/multiplex/intervals.js';
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

/** An edition that is kept on the air, perhaps beside others. */
export interface OnAir {
  readonly prepared: PreparedEdition;
  /** With the repair of a pass. */
  readonly objects: readonly RecordedObject[];
  /** Airtime in proportion to the size, times this; above 0. */
  readonly weight: number;
}

/** An edition as `datacast send` keeps it on the air: all parts take turns, with fresh symbols for ever. */
export function carouselEdition(prepared: PreparedEdition, objects: readonly RecordedObject[]): EditionAir {
  return carouselEditions([{ prepared, objects, weight: 1 }])[0]!;
}

/** Several of them at one rate: passes share what tables and repetitions leave, by size and weight. */
export function carouselEditions(editions: readonly OnAir[]): EditionAir[] {
  const { rate } = editions[0]!.prepared.parameters;
  const each = editions.map(({ prepared, objects }) => bytesOf(prepared, objects));
  const sum = (of: (bytes: EditionBytes, i: number) => number) =>
    each.reduce((total, bytes, i) => total + of(bytes, i), 0);
  const repeated = {
    indexTables: sum(({ ofFirst }) => tableBytes(ofFirst)),
    otherTables: sum(({ others }) => tableBytes(others)),
    indexes: sum(({ index }) => index),
    fronts: sum(({ front }) => front),
  };
  const milliseconds = repetitionIntervals(
    repeated,
    WANTED,
    rate,
    sum(({ pass }) => pass),
  );
  const kinds = Object.keys(repeated) as (keyof Repeated)[];
  const left = kinds.reduce((rest, kind) => rest - (1000 * repeated[kind]) / milliseconds[kind], rate / 8);
  const weighted = sum(({ pass }, i) => editions[i]!.weight * pass);
  // Fronts that take so long are left to the passes.
  const areFrontsRepeated = (8 * repeated.fronts) / rate <= WANTED.front / 1000;
  const intervals = { ...milliseconds, fronts: areFrontsRepeated ? milliseconds.fronts : undefined };
  return editions.map(({ prepared, objects, weight }, i) =>
    inTurn(prepared, objects, each[i]!, intervals, weighted / (left * weight)),
  );
}

/** What of an edition is sent, in bytes of IP packets. */
interface EditionBytes {
  /** Of each object. */
  readonly packets: readonly number[];
  /** Symbols that a repetition of index and front has of each block. */
  readonly repetitions: readonly number[];
  readonly index: number;
  readonly front: number;
  readonly pass: number;
  readonly ofFirst: readonly PlannedTable[];
  readonly others: readonly PlannedTable[];
}

function bytesOf(prepared: PreparedEdition, objects: readonly RecordedObject[]): EditionBytes {
  const { session, first } = prepared;
  const packets = objects.map(({ coding }) => symbolPacketBytes(coding, session));
  const repetitions = objects.slice(0, first).map(repetitionSymbols);
  const [index, ...fronts] = repetitions.map(
    (symbols, i) => symbols * objects[i]!.coding.blocks.length * packets[i]!,
  );
  const pass = objects
    .map(({ coding }, i) => (coding.sourceSymbols + coding.repairSymbols) * packets[i]!)
    .slice(1)
    .reduce((total, bytes) => total + bytes, 0);
  const front = fronts.reduce((total, bytes) => total + bytes, 0);
  return { packets, repetitions, index: index!, front, pass, ...divideTables(prepared) };
}

/** One of the editions on the air. @param milliseconds after which tables and repetitions come again @param period seconds of its pass */
function inTurn(
  { parameters, session, first, tables }: PreparedEdition,
  objects: readonly RecordedObject[],
  { packets, repetitions, ofFirst, others }: EditionBytes,
  milliseconds: Readonly<Record<keyof Repeated, number | undefined>>,
  period: number,
): EditionAir {
  const bytesPerSecond = parameters.rate / 8;
  const longestSymbol = Math.max(...packets);
  const longest = Math.max(longestSymbol, ...tables.map(({ packetBytes }) => packetBytes));
  const tablesInTurn = (inOne: readonly PlannedTable[], interval: number) => {
    const tableSymbols = Math.max(...inOne.map(({ sourceSymbols }) => sourceSymbols));
    const packet = Math.max(...inOne.map(({ packetBytes }) => packetBytes));
    const seconds = (tableSymbols * packet) / bytesPerSecond;
    const length = packet - session.packetOverhead;
    return { tableSymbols, table: burst(tableSymbols, length, seconds, interval / 1000) };
  };
  const ofFirstInTurn = tablesInTurn(ofFirst, milliseconds.indexTables!);
  const othersInTurn = tablesInTurn(others, milliseconds.otherTables!);
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const count = sourceSymbols + Math.min(...coding.repair);
    const interval = i === 0 ? milliseconds.indexes : i < first ? milliseconds.fronts : undefined;
    const length = packets[i]! - session.packetOverhead;
    const again = repetitions[i] ?? 0;
    const repetitionSeconds = (again * coding.blocks.length * packets[i]!) / bytesPerSecond;
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      stream:
        i === 0
          ? undefined
          : { from: 0, to: period, period, length, count, row: Math.ceil(count / MAX_TURNS) },
      repetition:
        interval === undefined ? undefined : burst(again, length, repetitionSeconds, interval / 1000),
      ...(i < first ? ofFirstInTurn : othersInTurn),
    };
  });
  return {
    airings,
    period,
    isMixed: true,
    dueAt: (seconds) => seconds,
    late: ((LATE - 1) * longestSymbol + longest) / bytesPerSecond,
    datagrams: { seconds: longestSymbol / bytesPerSecond, length: longestSymbol - session.packetOverhead },
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
