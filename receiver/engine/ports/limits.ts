import { DEFAULT_MAX_UNPACKED } from '../../../codecs/edition/index.js';
import type { PersistentStore } from './store.js';

/** What a receiver may take at most, whatever is sent to it. */
export interface ReceiverLimits {
  /** Unsigned sessions at a time; signed ones are bounded by what trusted publishers certify. */
  readonly maxSessions: number;
  /** Objects at a time, finished ones that are only remembered included: an idle one takes some kilobytes of memory. */
  readonly maxObjects: number;
  /** Source blocks, over all objects, of which symbols are kept: one takes about 3 KB of memory, however short its symbols are. An eighth is for indices alone. */
  readonly maxBlocks: number;
  /** Bytes of one transfer object. */
  readonly maxObjectBytes: number;
  /** Bytes of the index of an edition, as it is sent and unpacked. */
  readonly maxIndexBytes: number;
  /** Parts of an edition. */
  readonly maxParts: number;
  /** Bytes that an edition may unpack to: parts that are more, in the order of the index, are not received. */
  readonly maxUnpackedBytes: number;
  /** Bundles whose newest edition is known. */
  readonly maxEditions: number;
  /** Bytes of a file delivery table. */
  readonly maxFdtBytes: number;
  /** File delivery tables in work at a time; together they have 64 times `maxFdtBytes` at most. */
  readonly maxTables: number;
  /**
   * Bytes of datagrams that wait for the table that describes their object, in memory; a store that outlives the receiver
   * holds at most twice as much of them, three times while it is tidied up.
   */
  readonly maxWaitingBytes: number;
  /** Bytes of datagrams in the store, over all objects. */
  readonly maxStoredBytes: number;
  /** Bytes of datagrams that were pushed and not looked at yet. */
  readonly maxQueuedBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: ReceiverLimits = {
  maxSessions: 64,
  maxObjects: 4096,
  maxBlocks: 65_536,
  maxObjectBytes: 4096 * MIB,
  maxIndexBytes: 4 * MIB,
  maxParts: 10_000,
  maxUnpackedBytes: DEFAULT_MAX_UNPACKED,
  maxEditions: 64,
  maxFdtBytes: 65_536,
  maxTables: 4096,
  maxWaitingBytes: 32 * MIB,
  maxStoredBytes: 8192 * MIB,
  maxQueuedBytes: 64 * MIB,
};

/** The default limits, some of them replaced, and what the store may take: less while its disk is full. */
export function createLimits(
  wanted: Partial<ReceiverLimits> | undefined,
  store: Pick<PersistentStore, 'maxBytes'> | undefined,
): ReceiverLimits {
  const limits = { ...DEFAULT_LIMITS, ...wanted };
  return {
    ...limits,
    get maxStoredBytes() {
      return Math.min(limits.maxStoredBytes, store?.maxBytes ?? Number.POSITIVE_INFINITY);
    },
  };
}
