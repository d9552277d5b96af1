import { toHex } from '../../../codecs/bytes.js';
import type { AnnouncedObject, FdtDatagrams } from '../../session/fdt.js';
import { createTables, type TablesOptions } from '../../session/tables.js';
import type { UplinkTablesOptions } from './table-options.js';

/** A table on the air. */
export interface AirTable extends FdtDatagrams {
  /** The same for the same text. */
  readonly id: string;
}

/** The tables of a bundle. */
export interface BundleTables {
  /** One of the statements of succession; then those of the index and the front. */
  readonly ofIndex: readonly AirTable[];
  readonly others: readonly AirTable[];
}

export type BundleTablesOptions = TablesOptions & Pick<UplinkTablesOptions, 'successions'>;

export const NO_TABLES: BundleTables = { ofIndex: [], others: [] };

/**
 * The index and the front stand in tables of their own, so that whoever knows the first one can begin, and an edit
 * changes few others.
 *
 * @param index the index and what is announced with it
 * @param others groups of objects that have no table in common
 */
export function createBundleTables(
  index: readonly AnnouncedObject[],
  others: readonly (readonly AnnouncedObject[])[],
  options: BundleTablesOptions,
): BundleTables {
  const { crypto, successions } = options;
  const make = (objects: readonly AnnouncedObject[]) =>
    createTables(objects, options).map((table): AirTable => {
      const id = toHex(crypto.sha256(table.next(0)));
      const { sourceSymbols, datagramLength, next, free } = table;
      return { id, sourceSymbols, datagramLength, next, free };
    });
  const statements = successions === undefined ? [] : [{ ...successions, id: 'successions' }];
  return { ofIndex: [...statements, ...make(index)], others: others.flatMap(make) };
}

export function allTables({ ofIndex, others }: BundleTables): AirTable[] {
  return [...ofIndex, ...others];
}

/** Bytes of IP packets of some tables, each sent once. */
export function tableBytes(tables: readonly AirTable[], packetOverhead: number): number {
  return tables.reduce(
    (sum, { sourceSymbols, datagramLength }) => sum + sourceSymbols * (datagramLength + packetOverhead),
    0,
  );
}
