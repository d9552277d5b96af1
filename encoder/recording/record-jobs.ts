import { concatBytes } from '../../codecs/bytes.js';
import type { Pace } from './pace.js';
import { type RecordJob, TABLE } from './record-job.js';
import { bytesBefore, type Lane, type ObjectLanes } from './schedule/lanes.js';
import type { SymbolInTurn } from './schedule/order.js';
import type { Transmission } from './transmission.js';

/** A whole number of signatures at every authentication depth; about 1.5 MB. */
export const JOB_DATAGRAMS = 1024;

/** All lanes with their number: those of the source symbols of an object before those of its repair symbols. */
export function numberLanes(lanes: readonly ObjectLanes[]): {
  readonly all: readonly Lane[];
  numberOf(symbol: SymbolInTurn): number;
} {
  const all: Lane[] = [];
  const first = lanes.map(({ source, repair }) => {
    const numbers = { source: all.length, repair: all.length + source.length };
    all.push(...source, ...repair);
    return numbers;
  });
  return { all, numberOf: ({ object, kind, block }) => first[object]![kind] + block };
}

/**
 * Cuts a transmission, in the order to send it, into jobs of 1,024 datagrams; the last may be smaller.
 *
 * @param recordOverhead bytes of the recording for each datagram besides its own
 * @param position byte offset of the first record in the recording
 */
export function* recordJobs(
  { session, objects, lanes, symbols: inOrder, tables, tableTurns }: Transmission,
  pace: Pace,
  recordOverhead: number,
  position: number,
): Generator<RecordJob> {
  const { all, numberOf } = numberLanes(lanes);
  let symbols: number[] = [];
  let taken: Uint8Array[] = [];
  let bytes = 0;
  let job = { packetBytes: 0, position };
  let sent = 0;
  let tablesSent = 0;

  const add = (lane: number, index: number, length: number): RecordJob | undefined => {
    symbols.push(lane, index);
    bytes += length;
    return symbols.length === 2 * JOB_DATAGRAMS ? takeJob() : undefined;
  };
  const takeJob = (): RecordJob => {
    const count = symbols.length / 2;
    const packetBytes = bytes + count * session.packetOverhead;
    const length = bytes + count * recordOverhead;
    const tableLengths = Uint32Array.from(taken, (datagram) => datagram.length);
    const done = {
      ...job,
      symbols: Uint32Array.from(symbols),
      tables: concatBytes(...taken),
      tableLengths,
      length,
    };
    job = { packetBytes: job.packetBytes + packetBytes, position: job.position + length };
    symbols = [];
    taken = [];
    bytes = 0;
    return done;
  };
  /** The datagrams of the tables whose turn it is. */
  function* dueTables(): Generator<RecordJob> {
    for (; tablesSent < tableTurns.length && tableTurns[tablesSent]!.after <= sent; tablesSent++) {
      const before = job.packetBytes + bytes + (symbols.length / 2) * session.packetOverhead;
      const datagram = tables[tableTurns[tablesSent]!.table]!.next(pace.secondsAfter(before));
      taken.push(datagram);
      const full = add(TABLE, 0, datagram.length);
      if (full) yield full;
    }
  }

  for (const symbol of inOrder()) {
    yield* dueTables();
    const number = numberOf(symbol);
    const lane = all[number]!;
    const { index } = symbol;
    const symbolLength = bytesBefore(lane, index + 1) - bytesBefore(lane, index);
    const full = add(number, index, objects[symbol.object]!.coding.headerLength + symbolLength);
    sent++;
    if (full) yield full;
  }
  yield* dueTables();
  if (symbols.length > 0) yield takeJob();
}
