import type { RecordedObject } from '../../recording/recorded-object.js';
import { type Intervals, MAX_TURNS, repetitionIntervals } from '../../send/multiplex/intervals.js';
import { type ObjectCoding, symbolPacketBytes } from '../../session/object-coding.js';
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
  const intervals = repetitionIntervals(
    repeated,
    WANTED,
    rate,
    sum(({ pass }) => pass),
  );
  const { fronts, ...announcing } = intervals;
  const kinds = Object.keys(announcing) as (keyof typeof announcing)[];
  const left = kinds.reduce((rest, kind) => rest - (1000 * repeated[kind]) / announcing[kind], rate / 8);
  const weighted = sum(({ pass }, i) => editions[i]!.weight * pass);
  const periodsOf = (bytesPerSecond: number) =>
    editions.map(({ weight }) => weighted / (bytesPerSecond * weight));
  const withFronts = periodsOf(left - (1000 * repeated.fronts) / fronts);
  // Fronts that take so long are left to the passes.
  const isShort = (8 * repeated.fronts) / rate <= WANTED.front / 1000;
  const again = editions.map(({ objects }, i) =>
    isShort ? frontsAgain(objects, each[i]!, fronts / 1000 / withFronts[i]!) : new Set<number>(),
  );
  const periods = again.some(({ size }) => size > 0) ? withFronts : periodsOf(left);
  return editions.map(({ prepared, objects }, i) =>
    inTurn(prepared, objects, each[i]!, intervals, { again: again[i]!, period: periods[i]! }),
  );
}

/** The objects of the front that are repeated: not those of which passes have brought as much since. @param passes between two repetitions */
function frontsAgain(
  objects: readonly RecordedObject[],
  { repetitions }: EditionBytes,
  passes: number,
): Set<number> {
  const isRepeated = (i: number) => Math.ceil(passes * leastSymbols(objects[i]!.coding)) < repetitions[i]!;
  return new Set(repetitions.flatMap((_, i) => (i > 0 && isRepeated(i) ? [i] : [])));
}

/** Symbols that a pass has of each block. */
function leastSymbols({ blocks, repair }: ObjectCoding): number {
  return Math.max(...blocks.map((block) => block.sourceSymbols)) + Math.min(...repair);
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
  return { packets, repetitions, index: index!, front, pass, ...prepared.sentTables };
}

/**
 * One of the editions on the air.
 *
 * @param intervals milliseconds after which tables and repetitions come again
 * @param again objects of the front that are repeated
 * @param period seconds of a pass
 */
function inTurn(
  { parameters, session, sentTables: { ofFirst, others } }: PreparedEdition,
  objects: readonly RecordedObject[],
  { packets, repetitions }: EditionBytes,
  intervals: Intervals,
  { again, period }: { readonly again: ReadonlySet<number>; readonly period: number },
): EditionAir {
  const bytesPerSecond = parameters.rate / 8;
  const longestSymbol = Math.max(...packets);
  const longest = Math.max(longestSymbol, ...[...ofFirst, ...others].map(({ packetBytes }) => packetBytes));
  /** @param place in the interval, 0 to 1 */
  const tableInTurn = ({ sourceSymbols, packetBytes }: PlannedTable, interval: number, place: number) => {
    const seconds = (sourceSymbols * packetBytes) / bytesPerSecond;
    const length = packetBytes - session.packetOverhead;
    return {
      table: burst(sourceSymbols, length, seconds, interval / 1000, place),
      tableSymbols: sourceSymbols,
    };
  };
  const tables = new Map([
    ...ofFirst.flatMap((table) => {
      const turn = tableInTurn(table, intervals.indexTables, 1);
      return table.objects.map((i) => [i, turn] as const);
    }),
    ...others.flatMap((table, place) => {
      const turn = tableInTurn(table, intervals.otherTables, (place + 1) / others.length);
      return table.objects.map((i) => [i, turn] as const);
    }),
  ]);
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const count = leastSymbols(coding);
    const interval = i === 0 ? intervals.indexes : again.has(i) ? intervals.fronts : undefined;
    const length = packets[i]! - session.packetOverhead;
    const symbols = repetitions[i] ?? 0;
    const seconds = (symbols * coding.blocks.length * packets[i]!) / bytesPerSecond;
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      stream:
        i === 0
          ? undefined
          : { from: 0, to: period, period, length, count, row: Math.ceil(count / MAX_TURNS) },
      repetition: interval === undefined ? undefined : burst(symbols, length, seconds, interval / 1000, 1),
      ...tables.get(i)!,
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

/** So many symbols in a row, which take so many seconds, once in a period. @param place in the period, above 0, to 1 */
function burst(count: number, length: number, rowSeconds: number, period: number, place: number): Stream {
  return { from: 0, to: place * period, period, length, count, row: count, rowSeconds };
}

/** Symbols that one repetition has of each block. */
function repetitionSymbols({ coding: { blocks, designLoss } }: RecordedObject): number {
  const longest = Math.max(...blocks.map(({ sourceSymbols }) => sourceSymbols));
  return symbolsToSend(longest, Math.max(designLoss, LEAST_LOSS), MISS_PROBABILITY / blocks.length);
}

/** Bytes of IP packets of some tables, each sent once. */
function tableBytes(tables: readonly PlannedTable[]): number {
  return tables.reduce((sum, { sourceSymbols, packetBytes }) => sum + sourceSymbols * packetBytes, 0);
}
