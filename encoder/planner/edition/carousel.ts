import type { RecordedObject } from '../../recording/recorded-object.js';
import {
  ANNOUNCEMENT_SHARE,
  FRONT_SHARE,
  LOW_RATE,
  MAX_ANNOUNCEMENT_SHARE,
  MAX_TURNS,
} from '../../send/multiplex/intervals.js';
import { symbolsToSend } from '../../session/repair.js';
import type { Airing } from './airing.js';
import type { PlannedTable, PreparedEdition } from './prepare.js';
import { type EditionAir, LATE } from './recording.js';
import type { Stream } from './stream.js';

/** Seconds after which tables, and index and front, come again where their shares of the rate allow it (docs/uplink.md). */
const TABLE_SECONDS = 2;
const FRONT_SECONDS = 30;
/** Repetitions of index and front are made for this loss at least, and do not suffice once in so many cases. */
const LEAST_LOSS = 0.05;
const MISS_PROBABILITY = 0.01;

/** An edition as `datacast send` keeps it on the air: all parts take turns, with fresh symbols for ever. */
export function carouselEdition(prepared: PreparedEdition, objects: readonly RecordedObject[]): EditionAir {
  const { parameters, session, first, packetBytes: symbolBytes } = prepared;
  const bytesPerSecond = parameters.rate / 8;
  const repetitions = objects.slice(0, first).map(repetitionSymbols);
  const bytesOf = (from: number, to: number) =>
    repetitions
      .slice(from, to)
      .reduce((sum, symbols, i) => sum + symbols * objects[from + i]!.coding.blocks.length * symbolBytes, 0);
  const [indexBytes, frontBytes] = [bytesOf(0, 1), bytesOf(1, first)];
  const { ofFirst, others } = divideTables(prepared);
  const shares = sharesOf(
    { indexBytes, frontBytes, ofFirst: tableBytes(ofFirst), others: tableBytes(others) },
    parameters.rate,
  );

  const symbols = objects.map(({ coding }) => coding.sourceSymbols + coding.repairSymbols);
  const passSymbols = symbols.slice(1).reduce((sum, count) => sum + count, 0);
  const left = bytesPerSecond - shares.index - shares.front - shares.ofFirst - shares.others;
  const period = (passSymbols * symbolBytes) / left;
  const symbolSeconds = symbolBytes / bytesPerSecond;
  const indexSeconds = indexBytes / shares.index;
  const frontSeconds = frontBytes / bytesPerSecond > FRONT_SECONDS ? undefined : frontBytes / shares.front;
  const tablesInTurn = (tables: readonly PlannedTable[], bytesPerTurn: number) => {
    const tableSymbols = Math.max(...tables.map(({ sourceSymbols }) => sourceSymbols));
    return { tableSymbols, table: burst(tableSymbols, symbolSeconds, tableBytes(tables) / bytesPerTurn) };
  };
  const ofFirstInTurn = tablesInTurn(ofFirst, shares.ofFirst);
  const othersInTurn = tablesInTurn(others, shares.others);
  const airings = objects.map(({ kind, coding }, i): Airing => {
    const sourceSymbols = Math.max(...coding.blocks.map((block) => block.sourceSymbols));
    const count = sourceSymbols + Math.min(...coding.repair);
    const seconds = i === 0 ? indexSeconds : i < first ? frontSeconds : undefined;
    return {
      kind,
      blocks: { count: coding.blocks.length, sourceSymbols },
      stream: i === 0 ? undefined : { from: 0, to: period, period, count, row: Math.ceil(count / MAX_TURNS) },
      repetition:
        seconds === undefined
          ? undefined
          : burst(repetitions[i]!, coding.blocks.length * symbolSeconds, seconds),
      ...(i < first ? ofFirstInTurn : othersInTurn),
    };
  });
  return {
    airings,
    period,
    isMixed: true,
    dueAt: (seconds) => seconds,
    late: LATE * symbolSeconds,
    datagrams: { seconds: symbolSeconds, length: symbolBytes - session.packetOverhead },
  };
}

/** So many symbols in a row, once in so many seconds. */
function burst(count: number, symbolSeconds: number, period: number): Stream {
  return { from: 0, to: period, period, count, row: count, rowSeconds: count * symbolSeconds };
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

interface Repeated {
  readonly indexBytes: number;
  readonly frontBytes: number;
  /** Of the tables that announce index and front, and of the others. */
  readonly ofFirst: number;
  readonly others: number;
}

/** Bytes per second of each: as often as is wanted where the shares allow it. */
function sharesOf({ indexBytes, frontBytes, ofFirst, others }: Repeated, rate: number) {
  const share = Math.min(MAX_ANNOUNCEMENT_SHARE, ANNOUNCEMENT_SHARE * Math.max(1, LOW_RATE / rate));
  const budget = (rate / 8) * share;
  const index = Math.min(indexBytes / FRONT_SECONDS, budget / 3);
  const ofOthers = Math.min(
    others / TABLE_SECONDS,
    Math.max(budget / 3, budget - index - ofFirst / TABLE_SECONDS),
  );
  return {
    index,
    others: ofOthers,
    ofFirst: Math.min(ofFirst / TABLE_SECONDS, budget - index - ofOthers),
    front: Math.min(frontBytes / FRONT_SECONDS, (rate / 8) * FRONT_SHARE),
  };
}
