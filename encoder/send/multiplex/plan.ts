import type { Session } from '../../session/session.js';
import { passBytes, repetitionBytes } from '../carousel/air-part.js';
import { tableBytes } from './bundle-tables.js';
import type { Flow } from './flow.js';
import { type BlockTurns, type Intervals, repetitionIntervals, turnsOfPass } from './intervals.js';

/** What follows from all that is on the air. */
export interface AirPlan {
  readonly intervals: Intervals;
  readonly blockTurns: BlockTurns;
  /** Passes for which turns are reserved at a time. */
  readonly reservedPasses: number;
}

/** Turns are reserved for so many milliseconds at a time, and for a pass at least. */
const RESERVE_MILLISECONDS = 10_000;

/**
 * @param rate bits per second of IP packets
 * @param tableInterval milliseconds within which each table is to be sent again
 */
export function planAir(
  flows: Iterable<Flow>,
  { packetOverhead }: Session,
  rate: number,
  tableInterval: number,
): AirPlan {
  const bytes = { indexTables: 0, otherTables: 0, indexes: 0, fronts: 0 };
  let pass = 0;
  let front = Number.POSITIVE_INFINITY;
  for (const { tables, edition, parts, settings } of flows) {
    bytes.indexTables += tableBytes(tables.ofIndex, packetOverhead);
    bytes.otherTables += tableBytes(tables.others, packetOverhead);
    if (edition !== undefined) bytes.indexes += repetitionBytes([edition.indexPart], packetOverhead);
    bytes.fronts += repetitionBytes(parts, packetOverhead);
    pass += passBytes(parts, packetOverhead);
    front = Math.min(front, settings.frontInterval);
  }
  const passMilliseconds = Math.max(1, (8000 * pass) / rate);
  return {
    intervals: repetitionIntervals(bytes, { table: tableInterval, front }, rate, pass),
    blockTurns: turnsOfPass(rate, Math.max(1, pass)),
    reservedPasses: Math.ceil(RESERVE_MILLISECONDS / passMilliseconds),
  };
}
