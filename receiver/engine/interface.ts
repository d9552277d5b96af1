import type { Crypto } from '../../codecs/crypto/index.js';
import type { IndexPart } from '../../codecs/edition/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import type { BlockStatus, ObjectState } from './objects/reception.js';
import type { EventHub, KnownEdition, ObjectInfo, PartId, ReceiverCounters } from './ports/events.js';
import type { Flow } from './ports/flow.js';
import type { ReceiverLimits } from './ports/limits.js';
import type { Seen } from './ports/seen.js';
import type { CreateSink } from './ports/sink.js';
import type { DatagramStore } from './ports/store.js';
import type { Processor } from './processing/processor.js';
import type { EditionStatus } from './room/status.js';
import type { Queued } from './turns/queue.js';

/** When signatures of object datagrams are checked. */
export type Verify = 'lazy' | 'eager' | 'auto';

export interface ReceiverOptions {
  readonly crypto: Crypto;
  readonly fecSchemes: FecSchemes;
  /** Public keys of publishers that are trusted. */
  readonly trust: readonly PublicKey[];
  /**
   * 'lazy' (default): signatures of object datagrams are checked when the digest of the object shows that some are
   * forged, or when two datagrams contradict each other. 'eager': each one, some at a time, before it is stored. 'auto': like
   * 'eager', while no more than an eighth of `maxQueuedBytes` waits, and like 'lazy' when datagrams come faster than they can
   * be checked. For what cannot be read again.
   */
  readonly verify?: Verify;
  /** Receive sessions without authentication too; false by default. */
  readonly allowUnsigned?: boolean;
  readonly limits?: Partial<ReceiverLimits>;
  /** Where datagrams wait; memory by default. The receiver does not close it. */
  readonly store?: DatagramStore;
  /** Where objects are rebuilt; memory by default. */
  readonly createSink?: CreateSink;
  /** Who decodes, checks and hashes; by default this thread. What comes out is the same. */
  readonly processor?: Processor;
  /** What the last `seen` event of an earlier run said: lower generations and sequence numbers are refused. */
  readonly seen?: Seen;
  /**
   * The newest editions that the application has the index of, of each bundle one: their parts are received from the start, and
   * they are not told once more.
   */
  readonly editions?: readonly KnownEdition[];
  /** True for a part that the application has already, so that it is not received again; by default none. */
  readonly isHeld?: (part: PartId) => boolean;
  /**
   * Milliseconds that a datagram may wait for others to be checked together with it, 250 unless given. What is read from a
   * recording need not fear to be lost: `Infinity` makes what is counted independent of the time.
   */
  readonly checkDelay?: number;
  /** Closes the receiver when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface ObjectStatus {
  readonly object: ObjectInfo;
  readonly state: ObjectState;
  readonly blocks: readonly BlockStatus[];
  /** What the index says of a part; undefined until an index lists it. */
  readonly part: IndexPart | undefined;
}

/** What became of a datagram that was pushed. */
export type PushResult = Queued;

export interface Receiver {
  /**
   * Listens to events of a type; returns a function that ends it. Listeners may be asynchronous. What one throws ends
   * nothing: it goes to the listeners of `listenerFailed`, or to the console when there are none.
   */
  readonly on: EventHub['on'];
  /**
   * Takes up what earlier receivers left in the store, to be called before anything is pushed. Nothing in it is trusted
   * more than the channel. Objects may be verified by it at once: listen to events before. Ends early when the receiver is
   * closed.
   *
   * @returns datagrams taken up
   * @throws like `taken`
   */
  restore(): Promise<number>;
  /**
   * Takes a UDP payload, whatever it is. The bytes must not be changed before `taken` or `idle` is fulfilled.
   *
   * @param from source: address of the sender, which tells unsigned sessions apart; destination: address and port it was sent to, which
   *   does so where no source is given
   * @returns 'taken', or why it is dropped: 'full' when datagrams come faster than they can be worked on (counted as
   *   `too-many`; wait for `taken`), 'failed' when the store, a sink or the processor has thrown (counted as `failed`; make a
   *   new receiver), 'closed'
   */
  push(datagram: Uint8Array, from?: Flow): PushResult;
  /**
   * Fulfilled when all that was pushed is taken in; blocks and checks may be in work still. To read a recording, push
   * some and wait, so that the queue stays short.
   *
   * @throws what the store, a sink or the processor has thrown, as told by `failed`; the receiver is of no use afterwards
   */
  taken(): Promise<void>;
  /**
   * Fulfilled when all that was pushed has had its effect.
   *
   * @throws like `taken`
   */
  idle(): Promise<void>;
  readonly counters: Readonly<ReceiverCounters>;
  /** All objects that are on their way or remembered. */
  objects(): ObjectStatus[];
  /** The newest edition of each bundle: what there is, what has arrived, and what is still to come. */
  editions(): EditionStatus[];
  /** Roll-back memory, to be given to the next receiver. */
  seen(): Seen;
  /** Ends everything: objects on their way are dropped. What a store that outlives the receiver holds stays there. */
  close(): Promise<void>;
}
