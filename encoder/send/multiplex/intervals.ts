/** Bytes of IP packets that are sent again and again, of all bundles together, each once. */
export interface RepeatedBytes {
  /** Tables that announce indexes. */
  readonly indexTables: number;
  readonly otherTables: number;
  readonly indexes: number;
  readonly fronts: number;
}

/** Milliseconds. */
export type Intervals = Readonly<Record<keyof RepeatedBytes, number>>;

/**
 * What is wanted after a time comes a tenth sooner, in no simple ratio to seconds: receivers that see the sender for a moment every
 * five or thirty seconds would never see what comes every thirty.
 */
const SOONER = 1 - ((Math.sqrt(5) - 1) / 2) ** 5;

/** Milliseconds after which something comes again at the soonest. @param wanted milliseconds within which it is to come */
export function soonest(wanted: number): number {
  return wanted * SOONER;
}

/** Share of the airtime that tables and indexes take at most, unless they come once in a pass with more. */
const ANNOUNCEMENT_SHARE = 0.012;
/** Below this rate, in bits per second, they take as much as at this rate ... */
const LOW_RATE = 64_000;
/** ... but not more than this share. */
const MAX_ANNOUNCEMENT_SHARE = 0.1;
/** Share of the airtime that the repetition of fronts takes at most. */
export const FRONT_SHARE = 0.02;

/**
 * How often tables, indexes and fronts come again: as often as is wanted where their shares of the airtime allow it.
 * Indexes and the tables that announce them take two thirds of what all announcements may take, when they need it.
 *
 * @param within milliseconds
 * @param rate bits per second
 * @param passBytes bytes of IP packets of a pass of all bundles
 */
export function repetitionIntervals(
  bytes: RepeatedBytes,
  within: { readonly table: number; readonly front: number },
  rate: number,
  passBytes: number,
): Intervals {
  const wanted = { table: soonest(within.table), front: soonest(within.front) };
  const perMillisecond = rate / 8000;
  // Nobody gains by parts that come more often than what announces them.
  const once = bytes.indexTables + bytes.otherTables + bytes.indexes;
  const share = Math.max(
    Math.min(MAX_ANNOUNCEMENT_SHARE, ANNOUNCEMENT_SHARE * Math.max(1, LOW_RATE / rate)),
    once / (once + passBytes),
  );
  const budget = perMillisecond * share;
  const indexes = Math.min(bytes.indexes / wanted.front, budget / 3);
  const otherTables = Math.min(
    bytes.otherTables / wanted.table,
    Math.max(budget / 3, budget - indexes - bytes.indexTables / wanted.table),
  );
  const indexTables = Math.min(bytes.indexTables / wanted.table, budget - indexes - otherTables);
  const fronts = Math.min(bytes.fronts / wanted.front, perMillisecond * FRONT_SHARE);
  return {
    indexTables: interval(bytes.indexTables, indexTables, wanted.table),
    otherTables: interval(bytes.otherTables, otherTables, wanted.table),
    indexes: interval(bytes.indexes, indexes, wanted.front),
    fronts: interval(bytes.fronts, fronts, wanted.front),
  };
}

function interval(bytes: number, perMillisecond: number, wanted: number): number {
  return bytes === 0 ? wanted : bytes / perMillisecond;
}

/** Core time, in seconds, that an encoder takes for each byte of its block. */
const CODING_TIME = 2e-9;
/** Share of a core that encoders may take. */
const CORE_SHARE = 0.25;
/** Bytes of symbols that are made and wait, of all bundles together, about. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** More turns would hardly help a receiver (docs/uplink.md). */
const MAX_TURNS = 64;

/** How a block is sent in a pass. */
export interface BlockTurns {
  /** Its symbols are sent in so many turns. */
  readonly turns: number;
  /** Its repair symbols are made in so many groups, each of which costs an encoder; infinite: for each turn. */
  readonly groups: number;
}

/**
 * Short turns mix the parts well, and large groups cost little; what is made and not sent yet waits in memory.
 *
 * @param rate bits per second
 * @param passBytes bytes of IP packets of a pass of all bundles
 */
export function turnsOfPass(rate: number, passBytes: number): BlockTurns {
  const affordable = CORE_SHARE / ((rate / 8) * CODING_TIME);
  const groups = Math.max(1, Math.min(MAX_TURNS, affordable));
  // On average half a group of each block waits.
  const isTooMuch = passBytes / groups / 2 > WAITING_BYTES;
  return isTooMuch ? { turns: groups, groups: Number.POSITIVE_INFINITY } : { turns: MAX_TURNS, groups };
}
