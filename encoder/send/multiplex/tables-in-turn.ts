import { fromHex } from '../../../codecs/bytes.js';
import type { AnnouncedObject } from '../../session/fdt.js';
import { indexLocation, partLocation } from '../../session/location.js';
import type { AirPart } from '../carousel/air-part.js';
import { type AirTable, allTables, type BundleTablesOptions, createBundleTables } from './bundle-tables.js';
import type { Flow } from './flow.js';
import type { Intervals } from './intervals.js';

/** While parts come one after the other, tables are made anew after so many milliseconds. */
const REMAKE_INTERVAL = 1000;

/** True when others are on the air than the tables of a bundle say. */
export function mustRefreshTables({ areTablesOld, tablesMade }: Flow, now: number): boolean {
  return areTablesOld && now >= tablesMade + REMAKE_INTERVAL;
}

/** They are made anew at once. */
export function tablesAreOld(flow: Flow): void {
  flow.areTablesOld = true;
  flow.tablesMade = Number.NEGATIVE_INFINITY;
}

export function refreshTables(flow: Flow, now: number, options: BundleTablesOptions): void {
  const earlier = allTables(flow.tables);
  const known = new Set(earlier.map(({ id }) => id));
  const unsent = new Set(flow.newTables.map(({ id }) => id));
  const ofEdition = flow.parts.slice(0, flow.ofEdition);
  const isFront = ({ kind }: AirPart) => kind === 'front';
  const { edition } = flow;
  const index = edition && [
    edition.indexPart.object.announced(indexLocation(flow.setup.name), {
      sequence: edition.sequence,
      signature: edition.index.signature,
    }),
    ...ofEdition.filter(isFront).map(announced),
  ];
  const others = edition === undefined ? flow.parts : ofEdition.filter((part) => !isFront(part));
  const upcoming = edition === undefined ? [] : flow.parts.slice(flow.ofEdition);
  flow.tables = createBundleTables(index ?? [], [others.map(announced), upcoming.map(announced)], options);
  flow.newTables = allTables(flow.tables).filter(({ id }) => !known.has(id) || unsent.has(id));
  flow.areTablesOld = false;
  flow.tablesMade = now;
  freeTables(earlier);
}

export function freeTables(tables: readonly AirTable[]): void {
  for (const table of tables) table.free();
}

function announced({ object }: AirPart): AnnouncedObject {
  return object.announced(partLocation(fromHex(object.sha256)));
}

/** The table of a bundle whose turn it is: new ones at once, then those of the index, then one of the others. */
export function takeTable(flow: Flow, now: number, intervals: Intervals): AirTable | undefined {
  const { due, tables } = flow;
  const fresh = flow.newTables.shift();
  if (fresh !== undefined) return fresh;
  const { ofIndex, others } = tables;
  if (ofIndex.length > 0 && due.indexTables <= now) {
    due.indexTables = now + intervals.indexTables;
    flow.newTables.push(...ofIndex);
    return flow.newTables.shift();
  }
  if (others.length === 0 || due.otherTables > now) return undefined;
  flow.rotation = (flow.rotation + 1) % others.length;
  due.otherTables = now + intervals.otherTables / others.length;
  return others[flow.rotation];
}
