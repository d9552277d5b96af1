import { buildAlc, buildLct } from '../codecs/alc/index.js';
import type { FecScheme } from '../codecs/fec/index.js';
import type { FdtDatagrams } from './fdt.js';
import type { Pace } from './pace.js';
import { fdtsBefore, interleave, type Lane } from './schedule.js';
import { blankAuth, type Session, SHORT_IDENTIFIERS } from './session.js';

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
const BATCH_DATAGRAMS = 1024;

/** Bytes of an object datagram before its symbol. */
export function objectHeaderLength(session: Session, scheme: Pick<FecScheme, 'payloadIdLength'>): number {
  return objectHeader(session, 0, 0).length + scheme.payloadIdLength;
}

/** Datagrams without signatures, in the order to send them, in batches of 1,024; the last may be smaller. */
export async function* unsignedDatagrams(
  { session, toi, scheme, symbolSize, phases, fdt, fdtRepetitions }: Transmission,
  pace: Pace,
): AsyncGenerator<Uint8Array[]> {
  const header = objectHeader(session, toi, scheme.encodingId);
  const total = phases.flat().reduce((sum, { count }) => sum + count, 0);
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let position = 0;
  let fdtsSent = 0;

  const add = (datagram: Uint8Array) => {
    batch.push(datagram);
    bytes += datagram.length + session.packetOverhead;
  };
  /** The datagrams of the table whose turn it is, then the object's. */
  function* inTurn(datagram?: Uint8Array): Generator<Uint8Array[]> {
    for (const due = fdtsBefore(position, total, fdtRepetitions); fdtsSent < due; fdtsSent++) {
      add(fdt.next(pace.secondsAfter(bytes)));
      yield* fullBatch();
    }
    if (datagram === undefined) return;
    add(datagram);
    position++;
    yield* fullBatch();
  }
  function* fullBatch(): Generator<Uint8Array[]> {
    if (batch.length < BATCH_DATAGRAMS) return;
    yield batch;
    batch = [];
  }

  for (const lanes of phases) {
    for await (const symbols of interleave(lanes, symbolSize)) {
      for (const { sbn, esi, symbol } of symbols) {
        yield* inTurn(buildAlc(header, scheme, { sbn, esi }, symbol));
      }
    }
  }
  yield* inTurn();
  if (batch.length > 0) yield batch;
}

function objectHeader(session: Session, toi: number, codepoint: number): Uint8Array {
  return buildLct({ tsi: session.tsi, toi, codepoint, ...SHORT_IDENTIFIERS }, [blankAuth(session)]);
}
