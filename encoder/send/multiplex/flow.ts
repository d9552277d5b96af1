import type { PartClass } from '../../../codecs/edition/index.js';
import type { RepairGoal } from '../../session/repair.js';
import type { AirObjects } from '../carousel/air-object.js';
import { type AirBlock, type AirPart, createAirPart, passSymbols } from '../carousel/air-part.js';
import { type BlockTurn, createPartOrder, type Order, type PartOrder } from '../carousel/order.js';
import { type AirTable, type BundleTables, NO_TABLES } from './bundle-tables.js';
import type { Rules, Timetable } from './timetable.js';

/** What may change while a bundle is on the air. */
export interface FlowSettings {
  /** Airtime in proportion to the size, times this; above 0. */
  readonly weight: number;
  readonly rules: Rules;
  readonly order: Order;
  /** Milliseconds within which index and front come again. */
  readonly frontInterval: number;
  /** The programme of the transport stream that carries it. */
  readonly programme?: { readonly name: string; readonly weight: number } | undefined;
}

/** A part that is in the directory of the objects. */
export interface PartToSend {
  readonly sha256: string;
  /** Bytes. */
  readonly length: number;
  readonly class: PartClass;
}

/** An edition of which all parts are in the directory of the objects. */
export interface EditionToSend {
  readonly sequence: number;
  readonly index: { readonly sha256: string; readonly length: number; readonly signature: string };
  /** In the order in which they matter. */
  readonly parts: readonly PartToSend[];
  /** Parts that the edition before it did not have. */
  readonly changed: number;
}

/** A bundle to be put on the air. */
export interface FlowSetup {
  readonly name: string;
  readonly settings: FlowSettings;
  readonly repair: RepairGoal;
}

/** The edition that a bundle is at. */
export interface FlowEdition extends EditionToSend {
  readonly indexPart: AirPart;
}

/** A bundle on the air. */
export interface Flow {
  readonly setup: FlowSetup;
  settings: FlowSettings;
  /** Undefined until the first one is packed and signed. */
  edition: FlowEdition | undefined;
  /** Those of the edition in their order, then those that are packed for the next one. */
  parts: AirPart[];
  /** How many of them are of the edition. */
  ofEdition: number;
  readonly order: PartOrder<AirPart, AirBlock>;
  /** What is being sent of a pass. */
  turn: { readonly part: AirPart; readonly block: AirBlock; left: number } | undefined;
  /** Symbols that the present pass still has. */
  unsent: number;
  /** Of the passes since the start; undefined before. */
  timetable: Timetable | undefined;
  /** The last pass is sent; index and tables go once more. */
  isClosing: boolean;
  tables: BundleTables;
  /** They do not say what is on the air now. */
  areTablesOld: boolean;
  /** Tables that were never sent. */
  newTables: AirTable[];
  /** Times on the session's clock, in milliseconds, at which something is due. */
  readonly due: { index: number; front: number; indexTables: number; otherTables: number };
  /** When tables were made. */
  tablesMade: number;
  /** Place in the rotation of tables. */
  rotation: number;
  symbols: number;
  bytes: number;
  passes: number;
}

const AT_ONCE = Number.NEGATIVE_INFINITY;

export function createFlow(setup: FlowSetup, now: number): Flow {
  return {
    setup,
    settings: setup.settings,
    edition: undefined,
    parts: [],
    ofEdition: 0,
    order: createPartOrder(),
    turn: undefined,
    unsent: 0,
    timetable: undefined,
    isClosing: false,
    tables: NO_TABLES,
    areTablesOld: true,
    newTables: [],
    due: { index: AT_ONCE, front: now, indexTables: AT_ONCE, otherTables: AT_ONCE },
    tablesMade: AT_ONCE,
    rotation: 0,
    symbols: 0,
    bytes: 0,
    passes: 0,
  };
}

/** True when a bundle has only so many passes, or rounds of them. */
export function isLimited({ settings: { rules } }: Flow): boolean {
  return rules.passes !== undefined || rules.every !== undefined;
}

/** A part goes on the air before its edition is complete. @param objects that the edition will have */
export function addPart(flow: Flow, part: PartToSend, objects: number, air: AirObjects): void {
  if (flow.parts.some(({ object }) => object.sha256 === part.sha256)) return;
  flow.parts.push(takePart(flow, part, objects, air));
  changed(flow);
}

/**
 * An edition takes the place of the one before it: parts that it has too go on as they are.
 *
 * @returns what has left the air
 */
export function putEdition(flow: Flow, edition: EditionToSend, air: AirObjects): AirPart[] {
  const { index, parts } = edition;
  const earlier = flow.edition;
  const objects = parts.length + 1;
  const before = new Map(flow.parts.map((part) => [part.object.sha256, part]));
  const old = new Set(flow.parts.slice(0, flow.ofEdition));
  const kept = new Set<AirPart>();
  flow.parts = parts.map((part) => {
    const known = before.get(part.sha256);
    if (known !== undefined) kept.add(known);
    return known ?? takePart(flow, part, objects, air);
  });
  flow.ofEdition = flow.parts.length;
  const indexPart =
    earlier?.index.sha256 === index.sha256
      ? earlier.indexPart
      : createAirPart(air.take('index', index.sha256, index.length), 'index', flow.setup.repair, objects);
  flow.edition = { ...edition, indexPart };
  if (earlier !== undefined && isLimited(flow)) {
    // Its passes begin again.
    flow.timetable = undefined;
    flow.isClosing = false;
    flow.passes = 0;
    for (const part of flow.parts) if (old.has(part)) beginPart(part);
  }
  flow.due.index = AT_ONCE;
  flow.tablesMade = AT_ONCE;
  changed(flow);
  const gone = [...before.values()].filter((part) => !kept.has(part));
  if (earlier !== undefined && earlier.indexPart !== indexPart) gone.push(earlier.indexPart);
  return gone;
}

/** Parts that were packed for an edition which did not come about leave the air. */
export function dropUpcoming(flow: Flow): AirPart[] {
  const gone = flow.parts.splice(flow.ofEdition);
  if (gone.length > 0) changed(flow);
  return gone;
}

/** Everything that is on the air of a bundle. */
export function partsOf({ parts, edition }: Flow): AirPart[] {
  return edition === undefined ? parts : [edition.indexPart, ...parts];
}

/**
 * The next symbol of the present pass; it counts as sent. `count` is what is left of its turn, itself included.
 *
 * @param turns of each block in a pass
 */
export function nextInPass(flow: Flow, turns: number): BlockTurn<AirPart, AirBlock> | undefined {
  if (flow.turn === undefined) {
    const turn = flow.order.next(flow.parts, flow.settings.order, turns);
    if (turn === undefined) return undefined;
    flow.turn = { part: turn.part, block: turn.block, left: turn.count };
  }
  const { part, block, left } = flow.turn;
  if (--flow.turn.left === 0) flow.turn = undefined;
  flow.unsent--;
  block.sinceRepetition++;
  return { part, block, count: left };
}

/**
 * Ends the present pass when each part had its symbols once.
 *
 * @returns true when it was a pass of a whole edition
 */
export function endPass(flow: Flow, now: number): boolean {
  const { edition, timetable } = flow;
  if (flow.unsent > 0 || flow.parts.length === 0 || timetable === undefined) return false;
  // Of what is still being packed only so many passes may be sent as of the rest.
  if (edition === undefined && isLimited(flow)) return false;
  if (edition !== undefined) {
    flow.passes++;
    timetable.passDone(now);
  }
  if (timetable.next !== Number.POSITIVE_INFINITY) beginPass(flow);
  return edition !== undefined;
}

export function beginPass(flow: Flow): void {
  for (const part of flow.parts) beginPart(part);
  flow.unsent = passSymbols(flow.parts);
}

function beginPart({ blocks }: AirPart): void {
  for (const block of blocks) block.left = block.symbols;
}

function takePart({ setup }: Flow, part: PartToSend, objects: number, air: AirObjects): AirPart {
  return createAirPart(air.take('part', part.sha256, part.length), part.class, setup.repair, objects);
}

/** Other parts are on the air than before. */
function changed(flow: Flow): void {
  flow.areTablesOld = true;
  if (flow.turn !== undefined && !flow.parts.includes(flow.turn.part)) flow.turn = undefined;
  flow.unsent = flow.parts.reduce(
    (sum, { blocks }) => sum + blocks.reduce((all, { left }) => all + left, 0),
    flow.turn?.left ?? 0,
  );
}
