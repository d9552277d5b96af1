import { type BlockReception, enoughSymbols } from '../blocks/block-reception.js';
import type { Listing } from '../editions/editions.js';
import type { ObjectInfo } from '../ports/events.js';
import type { ObjectSink } from '../ports/sink.js';
import type { WorkOrder } from '../processing/processor.js';
import type { Rebuilt } from '../processing/rebuild-block.js';
import { createJobsInOrder, type JobsInOrder } from '../turns/in-order.js';
import type { Announcement, Evidence } from './announcement.js';
import { type CheckQueue, createCheckQueue } from './check-queue.js';

/**
 * The states of an object. It begins as
 * - receiving: datagrams are taken, and blocks rebuilt, those of a part as soon as an index lists it; or
 * - held: the application has it already.
 *
 * When all blocks are rebuilt, an object that nobody signed is
 * - unsigned: handed out;
 *
 * a signed one is
 * - verifying: its digest is checked, of an index the publisher's signature too; then it is receiving again, since some of its
 *   datagrams were forged, or
 * - verified: handed out.
 *
 * It ends as one of the two, or as
 * - rejected: of no use; or
 * - dropped: something else needed its room, or the receiver was closed.
 */
export type ObjectState =
  | 'receiving'
  | 'verifying'
  | 'held'
  | 'verified'
  | 'unsigned'
  | 'rejected'
  | 'dropped';

/** How far a source block has come. */
export interface BlockStatus {
  readonly sbn: number;
  /** K. */
  readonly sourceSymbols: number;
  /** Different symbols held. */
  readonly received: number;
  readonly rebuilt: boolean;
}

/** A job for a block. */
export interface BlockJob {
  readonly block: BlockReception;
  /** Given to the decoder. */
  readonly symbols: number;
}

/** The reception of one object: all that changes. Whoever changes it does so one after the other, never at the same time. */
export interface Reception {
  readonly announcement: Announcement;
  readonly info: ObjectInfo;
  readonly order: WorkOrder;
  state: ObjectState;
  /** When the object was last heard of, as the number of datagrams received by then. */
  lastHeard: number;
  /** When something new was kept of it, or when it began, in the same measure. */
  lastFed: number;
  /** When the last table that names it expires, seconds of the Unix time. */
  expires: number;
  /** Sessions and uplink keys of which a table is known. */
  readonly sources: Set<string>;
  /** Tables that are to be stored with the first symbols, by source. */
  readonly unstored: Map<string, Evidence>;
  /** TOIs that mean the object, by session. */
  readonly tois: WeakMap<object, Set<number>>;
  /** Where the newest editions list a part. */
  listing: Listing | undefined;
  /** Some of its symbols were checked, or received in an earlier run. */
  isProven: boolean;

  /** Source blocks that were heard of, by number. */
  readonly blocks: Map<number, BlockReception>;
  /** Blocks that may have enough symbols by now. */
  readonly ready: Set<BlockReception>;
  /** Blocks whose last try failed. */
  readonly short: Set<BlockReception>;
  readonly rebuilding: JobsInOrder<BlockJob, Rebuilt | 'no-room'>;
  /** Blocks that are rebuilt. */
  rebuilt: number;

  /** Of a signed object. */
  readonly checks: CheckQueue | undefined;
  /** Only datagrams that were checked are used, or even stored. */
  checkedOnly: boolean;
  /** Datagrams that were stored and then found to be forged. */
  forgeries: number;

  /** Symbols of use: no block counts more than its K. */
  received: number;
  /** Steps of progress told. */
  progressTold: number;

  /** Where blocks are written; made with the first. */
  sink: ObjectSink | undefined;
  /** The disk is full: no block is rebuilt for some time. */
  isShortOfRoom: boolean;
  /** Bytes of its datagrams in the store. */
  storedBytes: number;
  /** They are needed until the content that was handed out is released. */
  isHandedOut: boolean;
}

/** Blocks that are rebuilt at a time: enough for as many threads. What they need is in the store, not in memory. */
const BLOCKS_AHEAD = 16;

/** @param checkedOnly every datagram is checked as it comes; has no effect on an object that nobody signed */
export function createReception(
  announcement: Announcement,
  { isHeld, checkedOnly }: { readonly isHeld: boolean; readonly checkedOnly: boolean },
): Reception {
  const { info, parameters, signer } = announcement;
  return {
    announcement,
    info,
    order: { id: info.id, parameters },
    state: isHeld ? 'held' : 'receiving',
    lastHeard: 0,
    lastFed: 0,
    expires: 0,
    sources: new Set(),
    unstored: new Map(),
    tois: new WeakMap(),
    listing: undefined,
    isProven: false,
    blocks: new Map(),
    ready: new Set(),
    short: new Set(),
    rebuilding: createJobsInOrder(BLOCKS_AHEAD),
    rebuilt: 0,
    checks: signer && createCheckQueue(signer),
    checkedOnly: checkedOnly && signer !== undefined,
    forgeries: 0,
    received: 0,
    progressTold: 0,
    sink: undefined,
    isShortOfRoom: false,
    storedBytes: 0,
    isHandedOut: false,
  };
}

/** True while datagrams are of use. */
export function isReceiving({ state }: Reception): boolean {
  return state === 'receiving';
}

/** True when the object may be rebuilt: a part is as soon as an index lists it. */
export function isWanted({ info, listing }: Pick<Reception, 'info' | 'listing'>): boolean {
  return info.kind !== 'part' || listing !== undefined;
}

/** Nothing more is needed of a block that is not to be rebuilt, when enough of its symbols are there and checked. */
export function isSurplus(reception: Reception, block: BlockReception): boolean {
  const { index } = block;
  const symbols = reception.checks === undefined ? index.symbols : index.checkedSymbols;
  return isClosed(reception, block) && symbols >= enoughSymbols(block.source);
}

/** There is enough of such a block, but some may be forged: only what is checked is of use. */
export function isAmple(reception: Reception, block: BlockReception): boolean {
  return isClosed(reception, block) && block.index.symbols >= enoughSymbols(block.source);
}

/** While the disk is full, more symbols would take the room that the block is to be rebuilt in. */
function isClosed(reception: Reception, { state }: BlockReception): boolean {
  return state !== 'receiving' || !isWanted(reception) || reception.isShortOfRoom;
}

/** True while nothing has come of the object. */
export function isUnfinished({ state }: Pick<Reception, 'state'>): boolean {
  return state === 'receiving' || state === 'verifying';
}

/** Blocks of an object of which nothing came are told up to this number: anybody can announce very many. */
const MAX_TOLD = 1024;

export function blockStatuses({ announcement, blocks, state }: Reception): BlockStatus[] {
  const isComplete = state === 'verified' || state === 'unsigned' || state === 'held';
  const statuses: BlockStatus[] = [];
  for (let sbn = 0; sbn < announcement.blocks.length; sbn++) {
    const block = blocks.get(sbn);
    if (block === undefined && sbn >= MAX_TOLD) continue;
    const { sourceSymbols } = announcement.blocks.at(sbn)!;
    const received = isComplete ? sourceSymbols : (block?.index.symbols ?? 0);
    statuses.push({ sbn, sourceSymbols, received, rebuilt: isComplete || block?.state === 'rebuilt' });
  }
  return statuses;
}
