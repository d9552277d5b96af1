import type { FdtDatagrams } from '../session/fdt.js';
import { symbolPacketBytes } from '../session/object-coding.js';
import type { Session } from '../session/session.js';
import { successionDatagrams } from '../session/succession.js';
import { createTables, leastTableDatagrams, tableDatagrams } from '../session/tables.js';
import type { EncodeOptions } from './encode-options.js';
import { announced, type RecordedObject } from './recorded-object.js';
import { lanesOf, type ObjectLanes } from './schedule/lanes.js';
import { type SymbolInTurn, symbolsInOrder } from './schedule/order.js';
import { chooseRepetition } from './schedule/repetition.js';
import { type TableTurn, tablesInOrder } from './schedule/table-turns.js';

/** What is sent, in which order. */
export interface Transmission {
  readonly session: Session;
  readonly objects: readonly RecordedObject[];
  /** By object. */
  readonly lanes: readonly ObjectLanes[];
  /** Symbols of all objects in the order to send them. */
  symbols(): Iterable<SymbolInTurn>;
  /** How many these are. */
  readonly objectDatagrams: number;
  /** Statements of succession, then file delivery tables. */
  readonly tables: readonly FdtDatagrams[];
  /** Their datagrams in the order to send them. */
  readonly tableTurns: readonly TableTurn[];
}

type TransmissionOptions = Pick<EncodeOptions, 'keys' | 'crypto' | 'fec' | 'fluteVersion' | 'order' | 'rate'>;

/**
 * Plans how objects are sent. The tables take memory until they are freed.
 *
 * @param objects the index first, then the parts in the order in which they matter, those of the front before the others
 */
export function planTransmission(
  objects: readonly RecordedObject[],
  session: Session,
  { keys, crypto, fec, fluteVersion, order, rate }: TransmissionOptions,
): Transmission {
  const { scheme, designLoss } = objects[0]!.coding;
  const repetition = chooseRepetition(objects, session, rate);
  const lanes = lanesOf(objects, repetition);
  const counts = objects.map(({ coding }) => ({
    source: coding.blocks.map(({ sourceSymbols }) => sourceSymbols),
    repair: coding.repair,
  }));
  const first = objects.filter(({ kind }) => kind === 'index' || kind === 'front').length;
  const symbols = () => symbolsInOrder(counts, { order, first, repetition });
  const objectDatagrams = lanes
    .flatMap(({ source, repair }) => [...source, ...repair])
    .reduce((sum, { count }) => sum + count, 0);

  const statements = keys.successions.map((each) => successionDatagrams(session, scheme.encodingId, [each]));
  const fdt = createTables(objects.map(announced), {
    ...session,
    crypto,
    fec,
    scheme,
    fluteVersion,
    // A table holds as long as the certificate that vouches for it.
    expires: keys.certificate.notAfter,
    certificate: keys.certificateBytes,
  });
  // who hears a statement first can take what follows
  const tables = [...statements, ...fdt];
  const packetBytes = objects.map(({ coding }) => symbolPacketBytes(coding, session));
  const tableTurns = tablesInOrder(symbols, packetBytes, {
    tableOf: fdt.flatMap(({ tois }, table) => tois.map(() => statements.length + table)),
    tables: tables.length,
    least: leastTableDatagrams(tables, designLoss),
    datagrams: tableDatagrams(objectDatagrams, tables, designLoss),
  });
  return { session, objects, lanes, symbols, objectDatagrams, tables, tableTurns };
}
