import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecScheme } from '../../codecs/fec/index.js';
import type { FecName } from './blocks.js';
import {
  type AnnouncedObject,
  createFdtDatagrams,
  divideAmongTables,
  type FdtDatagrams,
  type FdtTransport,
  fdtRoom,
  instanceIdOf,
  tableXml,
} from './fdt.js';
import { symbolsToSend } from './repair.js';

export interface TablesOptions extends Omit<FdtTransport, 'instanceId'> {
  readonly crypto: Crypto;
  readonly fec: FecName;
  readonly scheme: FecScheme;
  /** Unix time in seconds from which on the tables are void. */
  readonly expires: number;
}

/** A table on the air. */
export interface Table extends FdtDatagrams {
  /** TOIs of the objects that it announces. */
  readonly tois: readonly number[];
}

/** Tables that announce objects, in their order, as many in each as have room in one datagram. */
export function createTables(objects: readonly AnnouncedObject[], options: TablesOptions): Table[] {
  const { crypto, fec, scheme } = options;
  const { room } = fdtRoom(fec, scheme, options);
  return divideAmongTables(objects, room, options).map((announced) => {
    const xml = tableXml(announced, options);
    const instanceId = instanceIdOf(crypto, xml);
    const datagrams = createFdtDatagrams(xml, fec, scheme, { ...options, instanceId });
    return { ...datagrams, tois: announced.map(({ toi }) => toi) };
  });
}

/** Tables take at least one datagram in a hundred of the objects. */
const LEAST_SHARE = 0.01;
/** The chance to miss a table altogether at the loss that the repair is made for. */
const MISS_PROBABILITY = 1e-4;
/** Loss that a table is made for at least. */
const LEAST_LOSS = 0.01;

/**
 * The datagrams that each table needs at least so that hardly anybody misses it.
 *
 * @param loss independent loss that the repair is made for, below 1
 */
export function leastTableDatagrams(
  tables: readonly Pick<FdtDatagrams, 'sourceSymbols'>[],
  loss: number,
): number {
  const longest = Math.max(...tables.map(({ sourceSymbols }) => sourceSymbols));
  const expected = Math.max(loss, LEAST_LOSS);
  // A table of one symbol needs no decoding: any datagram of it will do.
  return longest === 1
    ? Math.ceil(Math.log(MISS_PROBABILITY) / Math.log(expected))
    : symbolsToSend(longest, expected, MISS_PROBABILITY);
}

/** How many datagrams of all tables to send along with their objects: see `leastTableDatagrams`. */
export function tableDatagrams(
  objectDatagrams: number,
  tables: readonly Pick<FdtDatagrams, 'sourceSymbols'>[],
  loss: number,
): number {
  const rounds = Math.ceil((objectDatagrams * LEAST_SHARE) / tables.length);
  return Math.max(leastTableDatagrams(tables, loss), rounds) * tables.length;
}
