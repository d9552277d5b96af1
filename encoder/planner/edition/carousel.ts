import type { RecordedObject } from '../../recording/recorded-object.js';
import { type Order, PARTS_TOGETHER } from '../../send/carousel/order.js';
import { CHANNEL_DEFAULTS } from '../../send/channel/channel.js';
import {
  type RepeatedBytes as Repeated,
  repetitionIntervals,
  soonest,
  turnsOfPass,
} from '../../send/multiplex/intervals.js';
import { symbolPacketBytes } from '../../session/object-coding.js';
import { symbolsToSend } from '../../session/repair.js';
import type { Airing } from './airing.js';
import type { PlannedTable, PreparedEdition } from './prepare.js';
import { type EditionAir, LATE } from './recording.js';
import type { Stream } from './stream.js';

/** Repetitions of index and front are made for this loss at least, and do not suffice once in so many cases. */
const LEAST_LOSS = 0.05;
const MISS_PROBABILITY = 0.01;

/** An edition that is kept on the air, perhaps beside others. */
export interface OnAir {
  readonly prepared: PreparedEdition;
  /** With the repair of a pass. */
  readonly objects: readonly RecordedObject[];
  /** Milliseconds within which index and front are to come again (docs/uplink.md). */
  readonly frontInterval: number;
}

/** How a pass is sent. */
export interface Pass {
  /** All parts by turns, some together, or one after the other, as new ones are. */
  readonly order: Order | 'one by one';
  /** Seconds that it takes at most. */
  readonly most: number;
  /** At least, where others are silent. */
  readonly least: number;
  /** It is not followed by the next one at once. */
  readonly isAlone: boolean;
}

/** An edition on the air, before it is known how long a pass of it takes. */
export interface Carousel {
  /** Bytes of IP packets of a pass. */
  readonly passBytes: number;
  /** Bytes of IP packets a second of its tables, of its index, and of its front where that is repeated. */
  readonly repeated: { readonly tables: number; readonly index: number; readonly front: number };
  /** Seconds of all repetitions of index and front that may be due at a time, of all bundles. */
  readonly repetitionSeconds: number;
  /** Passes without end, one after the other. */
  sent(pass: Pass): EditionAir;
}

/** An edition as `datacast send` keeps it on the air: all parts take turns, with fresh symbols for ever. */
export function carouselEdition(prepared: PreparedEdition, objects: readonly RecordedObject[]): EditionAir {
  const { tableInterval, frontInterval } = CHANNEL_DEFAULTS;
  const [carousel] = carousels([{ prepared, objects, frontInterval }], tableInterval);
  const { tables, index, front } = carousel!.repeated;
  const period = carousel!.passBytes / (prepared.parameters.rate / 8 - tables - index - front);
  return carousel!.sent({ order: 'mixed', most: period, least: period, isAlone: false });
}

/** Editions at one rate: how often tables and repetitions come follows from all of them. @param tableInterval milliseconds */
export function carousels(editions: readonly OnAir[], tableInterval: number): Carousel[] {
  const { rate } = editions[0]!.prepared.parameters;
  const each = editions.map(({ prepared, objects }) => bytesOf(prepared, objects));
  const sum = (of: (bytes: EditionBytes) => number) => each.reduce((total, bytes) => total + of(bytes), 0);
  const [pass, indexes, fronts] = [
    sum((bytes) => bytes.pass),
    sum(({ index }) => index),
    sum(({ front }) => front),
  ];
  const all = {
    indexTables: sum(({ ofFirst }) => tableBytes(ofFirst)),
    otherTables: sum(({ others }) => tableBytes(others)),
    indexes,
    fronts,
  };
  const wanted = {
    table: tableInterval,
    front: Math.min(...editions.map(({ frontInterval }) => frontInterval)),
  };
  const common = repetitionIntervals(all, wanted, rate, pass);
  const { turns } = turnsOfPass(rate, pass);
  const repetitionSeconds = (8 * (indexes + fronts)) / rate;
  return editions.map(({ prepared, objects, frontInterval }, i): Carousel => {
    const bytes = each[i]!;
    const { ofFirst, others, index, front } = bytes;
    const own = soonest(frontInterval);
    // Fronts that take so long are left to the passes.
    const isFrontRepeated = (8000 * fronts) / rate <= frontInterval;
    const intervals = {
      ...common,
      indexes: Math.max(own, common.indexes),
      fronts: isFrontRepeated ? Math.max(own, common.fronts) : undefined,
    };
    const tables = tableBytes(ofFirst) / common.indexTables + tableBytes(others) / common.otherTables;
    return {
      passBytes: bytes.pass,
      repeated: {
        tables: 1000 * tables,
        index: (1000 * index) / intervals.indexes,
        front: intervals.fronts === undefined ? 0 : (1000 * front) / intervals.fronts,
      },
      repetitionSeconds,
      sent: (pass) =>
        airOf(prepared, objects, bytes, { ...pass, intervals, turns, delay: repetitionSeconds }),
    };
  });
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
  return { packets, repetitions, index: index!, front, pass, ...prepared.carouselTables };
}

interface Sending extends Pass {
  /** Milliseconds after which tables and repetitions come again. */
  readonly intervals: Readonly<Record<keyof Repeated, number | undefined>>;
  /** Of a block in a pass. */
  readonly turns: number;
  /** Seconds by which repetitions may make a pass longer. */
  readonly delay: number;
}

function airOf(
  { parameters, session, first }: PreparedEdition,
  objects: readonly RecordedObject[],
  { packets, repetitions, ofFirst, others }: EditionBytes,
  { intervals, turns, delay, order, most: period, least, isAlone }: Sending,
): EditionAir {
  const bytesPerSecond = parameters.rate / 8;
  const longestSymbol = Math.max(...packets);
  const longest = Math.max(longestSymbol, ...[...ofFirst, ...others].map(({ packetBytes }) => packetBytes));
  const inTurn = (tables: readonly PlannedTable[], interval: number) =>
    tables.map((table, i) => ({ ...table, stream: tableStream(table, i / tables.length, interval / 1000) }));
  const tableStream = (
    { sourceSymbols, packetBytes }: PlannedTable,
    phase: number,
    period: number,
  ): Stream => {
    const seconds = (sourceSymbols * packetBytes) / bytesPerSecond;
    const rows = [{ begin: phase * period, end: phase * period + seconds }];
    return { ...burst(sourceSymbols, packetBytes - session.packetOverhead, seconds, period), rows };
  };
  const tables = [...inTurn(ofFirst, intervals.indexTables!), ...inTurn(others, intervals.otherTables!)];
  const passBytes = objects.map(
    ({ coding }, i) => (coding.sourceSymbols + coding.repairSymbols) * packets[i]!,
  );
  const spans = spansOf(passBytes.slice(1), order, period);
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const count = sourceSymbols + Math.min(...coding.repair);
    const row = Math.ceil(count / turns);
    const length = packets[i]! - session.packetOverhead;
    const table = tables.find((each) => each.objects.includes(i))!;
    const again = repetitions[i] ?? 0;
    const rowSeconds = (again * coding.blocks.length * packets[i]!) / bytesPerSecond;
    const isRepeated = i < first && !(isAlone && order !== 'mixed');
    const interval = i === 0 ? intervals.indexes : isRepeated ? intervals.fronts : undefined;
    const seconds = (interval ?? 0) / 1000;
    // What the passes have brought since the last time is not repeated; in sequence they bring it at one time.
    const isBrought = order === 'mixed' ? (count * seconds) / least + row >= again : 2 * seconds >= period;
    const repetition =
      interval === undefined || (i > 0 && isBrought) ? undefined : burst(again, length, rowSeconds, seconds);
    const stream = { ...spans[i - 1]!, period, length, count, row, delay };
    // A new index is sent as a whole at first.
    const to = (count * coding.blocks.length * packets[i]!) / bytesPerSecond;
    const ofNew =
      order === 'one by one' ? { from: 0, to, period: Number.MAX_VALUE, length, count, row: 1 } : undefined;
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      ...(i === 0
        ? { stream: ofNew, repetition }
        : order === 'mixed' || repetition === undefined
          ? { stream, repetition }
          : // In each interval the pass brings it or else it is repeated.
            { stream: undefined, repetition: { ...repetition, rowSeconds: seconds + rowSeconds } }),
      table: table.stream,
      tableSymbols: table.sourceSymbols,
    };
  });
  return {
    airings,
    period,
    isMixed: order === 'mixed',
    dueAt: (seconds) => seconds,
    late: ((LATE - 1) * longestSymbol + longest) / bytesPerSecond,
    datagrams: { seconds: longestSymbol / bytesPerSecond, length: longestSymbol - session.packetOverhead },
  };
}

/** When parts are sent in a pass. @param bytes of each part */
function spansOf(
  bytes: readonly number[],
  order: Pass['order'],
  period: number,
): { from: number; to: number }[] {
  if (order === 'mixed') return bytes.map(() => ({ from: 0, to: period }));
  const together = order === 'sequence' ? PARTS_TOGETHER : 1;
  const all = bytes.reduce((sum, each) => sum + each, 0);
  const before = (parts: number) =>
    (period * bytes.slice(0, parts).reduce((sum, each) => sum + each, 0)) / all;
  return bytes.map((_, i) => {
    const first = i - (i % together);
    return { from: before(first), to: before(first + together) };
  });
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

/** Bytes of IP packets of some tables, each sent once. */
function tableBytes(tables: readonly PlannedTable[]): number {
  return tables.reduce((sum, { sourceSymbols, packetBytes }) => sum + sourceSymbols * packetBytes, 0);
}
