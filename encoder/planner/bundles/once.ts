/** A bundle that has only so many passes, and whoever listens to all of them. */

import type { Airing } from '../edition/airing.js';
import type { EditionAir } from '../edition/recording.js';
import type { Stream } from '../edition/stream.js';
import { sentTime } from './rounds.js';
import type { PassTimes } from './shares.js';

export interface Once {
  /** 1 or more. */
  readonly passes: number;
  /** Seconds of silence between two of them. */
  readonly pause: number;
}

/** Times that tables and index come which are looked at. */
const MOST_ROWS = 10_000;

/** When so many passes are sent, each of which takes so many seconds. */
export const endOfPass = ({ pause }: Once, passSeconds: number, passes: number) =>
  passes * passSeconds + (passes - 1) * pause;

/**
 * All passes of a carousel: parts come one after the other, the index before them, and index and tables once more at the end.
 *
 * @param air passes in which parts come one after the other
 * @param late seconds by which repetitions may keep passes waiting
 * @returns the whole of it, of which nothing is sent after `period`
 */
export function allPasses(air: EditionAir, once: Once, { most, least }: PassTimes, late: number): EditionAir {
  const { passes, pause } = once;
  const [end, leastEnd] = [endOfPass(once, most, passes), endOfPass(once, least, passes)];
  const period = 4 * (end + late + air.late);
  /** @param first when it comes for the first time, in intervals */
  const rowsOf = (stream: Stream, first: number, gap: number): { begin: number; end: number }[] => {
    const { period: interval, rowSeconds = 0 } = stream;
    const rows: { begin: number; end: number }[] = [];
    for (let i = first; i * (interval + gap) <= leastEnd && rows.length < MOST_ROWS; i++) {
      rows.push({ begin: i * interval, end: Math.min(end, i * (interval + gap)) + rowSeconds + late });
    }
    return rows;
  };
  const closing = ({ rowSeconds = 0 }: Stream) => ({ begin: leastEnd, end: end + rowSeconds + late });
  const withRows = (stream: Stream, rows: NonNullable<Stream['rows']>): Stream => {
    return { ...stream, from: 0, to: end, period, count: stream.row * rows.length, rows };
  };
  const isOfFirst = ({ kind }: Airing) => kind === 'index' || kind === 'front';
  const others = new Set(air.airings.filter((airing) => !isOfFirst(airing)).map(({ table }) => table));
  const tables = new Map<Stream, Stream>();
  /** All tables are new at first; then they come in their turn, those of index and front at once. */
  const tableOf = (airing: Airing): Stream => {
    const { table } = airing;
    const turn = isOfFirst(airing) ? 0 : (others.size - 1) / others.size;
    const atFirst = { begin: 0, end: (table.rowSeconds ?? 0) + late };
    const known = tables.get(table) ?? withRows(table, [atFirst, ...rowsOf(table, turn, 0), closing(table)]);
    tables.set(table, known);
    return known;
  };
  const airings = air.airings.map((airing): Airing => {
    const { stream, repetition } = airing;
    const table = tableOf(airing);
    if (repetition === undefined) return { ...airing, table };
    // At first and at last the index is sent as a whole.
    const isWhole = stream !== undefined && stream.count >= repetition.row;
    const rows = [...rowsOf(repetition, 1, pause), ...(isWhole ? [closing(repetition)] : [])];
    return { ...airing, table, repetition: withRows(repetition, rows) };
  });
  return {
    ...air,
    airings,
    // Through rain one pass is looked at part after part.
    period: passes === 1 ? period : air.period,
    dueAt: sentTime({ passes, pause, cycle: period }, most, most),
  };
}
