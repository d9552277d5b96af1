import type { BlockReception } from '../blocks/block-reception.js';
import type { ObjectInfo } from '../ports/events.js';
import type { ObjectSink } from '../ports/sink.js';
import type { WorkOrder } from '../processing/processor.js';
import type { Rebuilt } from '../processing/rebuild-block.js';
import { createJobsInOrder, type JobsInOrder } from '../turns/in-order.js';
import type { Announcement } from './announcement.js';
import { type CheckQueue, createCheckQueue } from './check-queue.js';

/**
 * The states of an object. It begins as
 * - receiving: datagrams are taken, and blocks rebuilt; or
 * - held: the application has it already.
 *
 * When all blocks are rebuilt, an object that nobody signed is
 * - unsigned: handed out;
 *
 * a signed one is
 * - verifying: its digest and the publisher's signature are checked; then it is receiving again, since some of its datagrams
 *   were forged, or
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
  /** When the last table that names it expires, seconds of the Unix time. */
  expires: number;
  /** Sessions and uplink keys of which a table is stored. */
  readonly sources: Set<string>;

  /** Source blocks that were heard of, by number. */
  readonly blocks: Map<number, BlockReception>;
  /** Blocks that may have enough symbols by now. */
  readonly ready: Set<BlockReception>;
  /** Blocks whose last try failed. */
  readonly short: Set<BlockReception>;
  readonly rebuilding: JobsInOrder<BlockJob, Rebuilt>;
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
  const { info, parameters, edition } = announcement;
  return {
    announcement,
    info,
    order: { id: info.id, parameters },
    state: isHeld ? 'held' : 'receiving',
    lastHeard: 0,
    expires: 0,
    sources: new Set(),
    blocks: new Map(),
    ready: new Set(),
    short: new Set(),
    rebuilding: createJobsInOrder(BLOCKS_AHEAD),
    rebuilt: 0,
    checks: edition && createCheckQueue(edition),
    checkedOnly: checkedOnly && edition !== undefined,
    forgeries: 0,
    received: 0,
    progressTold: 0,
    sink: undefined,
    storedBytes: 0,
    isHandedOut: false,
  };
}

/** True while datagrams are of use. */
export function isReceiving({ state }: Reception): boolean {
  return state === 'receiving';
}

/** True while nothing has come of the object. */
export function isUnfinished({ state }: Pick<Reception, 'state'>): boolean {
  return state === 'receiving' || state === 'verifying';
}

export function blockStatuses({ announcement, blocks, state }: Reception): BlockStatus[] {
  const isComplete = state === 'verified' || state === 'unsigned' || state === 'held';
  return announcement.blocks.map(({ sbn, sourceSymbols }) => {
    if (isComplete) return { sbn, sourceSymbols, received: sourceSymbols, rebuilt: true };
    const block = blocks.get(sbn);
    const received = block?.index.symbols ?? 0;
    return { sbn, sourceSymbols, received, rebuilt: block?.state === 'rebuilt' };
  });
}
