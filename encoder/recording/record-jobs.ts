import { buildLct } from '../../codecs/alc/index.js';
import { concatBytes } from '../../codecs/bytes.js';
import type { FecScheme } from '../../codecs/fec/index.js';
import type { FdtDatagrams } from '../session/fdt.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from '../session/session.js';
import { bytesBefore, type Lane } from './lanes.js';
import type { Pace } from './pace.js';
import { type RecordJob, TABLE } from './record-job.js';
import { fdtsBefore, interleave } from './schedule.js';

/** What is sent, in which order. */
export interface Transmission {
  readonly session: Session;
  readonly toi: number;
  readonly scheme: FecScheme;
  readonly symbolSize: number;
  /** Sent one after the other, the lanes of each interleaved: source symbols, then repair symbols. */
  readonly phases: readonly (readonly Lane[])[];
  readonly fdt: FdtDatagrams;
  /** Datagrams of the table, 2 or more. */
  readonly fdtRepetitions: number;
}

/** A whole number of signatures at every authentication depth; about 1.5 MB. */
export const JOB_DATAGRAMS = 1024;

/** Bytes of an object datagram before its symbol. */
export function objectHeaderLength(session: Session, scheme: Pick<FecScheme, 'payloadIdLength'>): number {
  return objectHeader(session, 0, 0).length + scheme.payloadIdLength;
}

/**
 * Cuts a transmission, in the order to send it, into jobs of 1,024 datagrams; the last may be smaller.
 *
 * @param recordOverhead bytes of the recording for each datagram besides its own
 * @param position byte offset of the first record in the recording
 */
export function* recordJobs(
  { session, scheme, symbolSize, phases, fdt, fdtRepetitions }: Transmission,
  pace: Pace,
  recordOverhead: number,
  position: number,
): Generator<RecordJob> {
  const headerLength = objectHeaderLength(session, scheme);
  const total = phases.flat().reduce((sum, { count }) => sum + count, 0);
  let symbols: number[] = [];
  let tables: Uint8Array[] = [];
  let bytes = 0;
  let job = { packetBytes: 0, position };
  let sent = 0;
  let fdtsSent = 0;

  const add = (lane: number, index: number, length: number): RecordJob | undefined => {
    symbols.push(lane, index);
    bytes += length;
    return symbols.length === 2 * JOB_DATAGRAMS ? takeJob() : undefined;
  };
  const takeJob = (): RecordJob => {
    const count = symbols.length / 2;
    const packetBytes = bytes + count * session.packetOverhead;
    const length = bytes + count * recordOverhead;
    const taken = { ...job, symbols: Uint32Array.from(symbols), tables: concatBytes(...tables), length };
    job = { packetBytes: job.packetBytes + packetBytes, position: job.position + length };
    symbols = [];
    tables = [];
    bytes = 0;
    return taken;
  };
  /** The datagrams of the table whose turn it is. */
  function* dueTables(): Generator<RecordJob> {
    for (const due = fdtsBefore(sent, total, fdtRepetitions); fdtsSent < due; fdtsSent++) {
      const before = job.packetBytes + bytes + (symbols.length / 2) * session.packetOverhead;
      tables.push(fdt.next(pace.secondsAfter(before)));
      const full = add(TABLE, 0, fdt.datagramLength);
      if (full) yield full;
    }
  }

  let firstLane = 0;
  for (const lanes of phases) {
    for (const { lane, index } of interleave(lanes.map(({ count }) => count))) {
      yield* dueTables();
      const symbolLength =
        bytesBefore(lanes[lane]!, index + 1, symbolSize) - bytesBefore(lanes[lane]!, index, symbolSize);
      const full = add(firstLane + lane, index, headerLength + symbolLength);
      sent++;
      if (full) yield full;
    }
    firstLane += lanes.length;
  }
  yield* dueTables();
  if (symbols.length > 0) yield takeJob();
}

/** The LCT header of the object's datagrams, without signature. */
export function objectHeader(session: Session, toi: number, codepoint: number): Uint8Array {
  return buildLct({ tsi: session.tsi, toi, codepoint, ...SHORT_IDENTIFIERS }, [blankAuth(session)]);
}
