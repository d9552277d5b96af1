import { createRootCache } from '../../../codecs/auth/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FecSchemes, ObjectParameters, SourceBlock } from '../../../codecs/fec/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { ObjectSink } from '../ports/sink.js';
import type { DatagramStore } from '../ports/store.js';
import { yieldToEventLoop } from '../turns/event-loop.js';
import { type Rebuilt, rebuildBlock } from './rebuild-block.js';
import { type KeysByTsi, type SignedBatch, verifyBatch } from './signed-batch.js';

/** An object that is worked on. */
export interface WorkOrder {
  /** Names it in the store. */
  readonly id: string;
  readonly parameters: ObjectParameters;
}

/** What came of a batch. */
export interface Verified {
  /** The batch again: its memory may have been away meanwhile. */
  readonly batch: SignedBatch;
  /** For each datagram of the batch. */
  readonly genuine: readonly boolean[];
}

/** Does what takes long, here or in other threads. Several jobs may be on their way at a time. */
export interface Processor {
  /**
   * Rebuilds a source block from datagrams in the store and writes it to the sink. No other job for the same block is
   * on its way.
   *
   * @param references what the store reads the datagrams by
   */
  rebuild(
    order: WorkOrder,
    sink: ObjectSink,
    block: SourceBlock,
    references: readonly number[],
  ): MaybePromise<Rebuilt>;
  /**
   * Says which datagrams are signed by one of the keys of their session.
   *
   * @param objectId 16 bytes
   */
  verify(batch: SignedBatch, keys: KeysByTsi, objectId: Uint8Array): MaybePromise<Verified>;
  /**
   * SHA-256 of the whole object, once all blocks are rebuilt.
   *
   * @param isWanted false ends the work early, with a digest of no use
   */
  digest(order: WorkOrder, sink: ObjectSink, isWanted: () => boolean): MaybePromise<Uint8Array>;
  /** Fulfilled when nothing that concerns the object is on its way any more. */
  release(order: WorkOrder): MaybePromise<void>;
}

/** What a processor is given of the receiver it works for. */
export interface ProcessorContext {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly store: DatagramStore;
}

/** Bytes that are hashed at a time. */
const HASH_BATCH = 1 << 24;

/** Blocks that are in work at a time, one while the one before is written: each takes the memory of its symbols. */
const BLOCKS_AT_A_TIME = 2;

/** A processor in the thread of its caller. */
export function createLocalProcessor({ crypto, schemes, store }: ProcessorContext): Processor {
  const checkedRoots = createRootCache();
  /** The jobs for blocks that were begun last. */
  const begun: Promise<unknown>[] = [];
  return {
    rebuild({ id, parameters }, sink, block, references) {
      const work = () =>
        rebuildBlock(
          schemes,
          parameters,
          block,
          (visit) => store.read(id, references, visit),
          (bytes) => sink.write(block.offset, bytes),
        );
      const before = begun.length < BLOCKS_AT_A_TIME ? undefined : begun.shift();
      const job = before === undefined ? work() : before.then(work, work);
      begun.push(job);
      return job;
    },
    async verify(batch, keys, objectId) {
      return { batch, genuine: await verifyBatch(crypto, batch, keys, objectId, checkedRoots) };
    },
    async digest(_, sink, isWanted) {
      const sha256 = crypto.createSha256();
      let hashed = 0;
      for await (const chunk of sink.read()) {
        sha256.update(chunk);
        hashed += chunk.length;
        if (hashed < HASH_BATCH) continue;
        hashed = 0;
        await yieldToEventLoop();
        if (!isWanted()) break;
      }
      return sha256.digest();
    },
    release() {},
  };
}
