/** What a receiver may take at most, whatever is sent to it. */
export interface ReceiverLimits {
  /** Unsigned sessions at a time; signed ones are bounded by what trusted publishers certify. */
  readonly maxSessions: number;
  /** Objects at a time, finished ones that are only remembered included. */
  readonly maxObjects: number;
  /** Bytes of one transfer object. */
  readonly maxObjectBytes: number;
  /** Bytes of a file delivery table. */
  readonly maxFdtBytes: number;
  /** File delivery tables in work at a time. */
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
  maxObjects: 64,
  maxObjectBytes: 4096 * MIB,
  maxFdtBytes: 65_536,
  maxTables: 32,
  maxWaitingBytes: 32 * MIB,
  maxStoredBytes: 8192 * MIB,
  maxQueuedBytes: 64 * MIB,
};
