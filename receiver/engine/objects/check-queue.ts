import type { Placement } from '../blocks/arrival.js';
import type { BlockReception } from '../blocks/block-reception.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import type { Verified } from '../processing/processor.js';
import { createSignedBatch, type SignedBatch } from '../processing/signed-batch.js';
import { createJobsInOrder, type JobsInOrder } from '../turns/in-order.js';
import type { Signer } from './announcement.js';

/** A datagram that is in the store already. */
export interface StoredEntry {
  readonly block: BlockReception;
  /** Of the block's index. */
  readonly entry: number;
}

/** A datagram that is to be stored; its bytes are in the batch. */
export interface NewEntry extends Placement, Pick<ReceivedDatagram, 'session' | 'toi' | 'flow' | 'stored'> {}

/** What the signature is checked of: a datagram that is to be stored, or one that is. */
export type CheckSubject = NewEntry | StoredEntry;

/** A batch that was checked, and is used datagram by datagram. */
export interface BatchResults extends Verified {
  readonly subjects: readonly CheckSubject[];
  /** Used are those before this one. */
  next: number;
}

/** The check of the signatures of one object's datagrams, in the order in which they come. */
export interface CheckQueue extends Signer {
  /** Datagrams that will be checked together. */
  batch: SignedBatch;
  /** Of the batch. */
  subjects: CheckSubject[];
  /** Batches on their way. */
  readonly jobs: JobsInOrder<readonly CheckSubject[], Verified>;
  /** The first one that came back. */
  results: BatchResults | undefined;
  /** Bytes of datagrams that wait for what comes of their check. */
  bytes: number;
  /** The batch is checked after a while, however few datagrams it has. */
  isPlanned: boolean;
}

/** Batches on their way: enough for as many threads. */
const BATCHES_AHEAD = 12;

export function createCheckQueue({ publisher, objectId }: Signer): CheckQueue {
  return {
    publisher,
    objectId,
    batch: createSignedBatch(),
    subjects: [],
    jobs: createJobsInOrder(BATCHES_AHEAD),
    results: undefined,
    bytes: 0,
    isPlanned: false,
  };
}

/** True when there is a result to be used. */
export function hasResult({ results }: CheckQueue): boolean {
  return results !== undefined && results.next < results.subjects.length;
}
