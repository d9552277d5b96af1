import { createRootCache } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { createIntake } from './intake.js';
import type { BlockStatus, ObjectState, Reception } from './objects/reception.js';
import type { ReceptionContext } from './objects/reception-context.js';
import { createReceptions } from './objects/receptions.js';
import {
  createCounters,
  createEventHub,
  type Edition,
  type EventHub,
  type ObjectInfo,
  type ReceiverCounters,
  type Rejection,
} from './ports/events.js';
import { DEFAULT_LIMITS, type ReceiverLimits } from './ports/limits.js';
import { createMemoryStore } from './ports/memory-store.js';
import { createSeenMemory, type Seen } from './ports/seen.js';
import { type CreateSink, createMemorySink } from './ports/sink.js';
import { type DatagramStore, isPersistent } from './ports/store.js';
import { createLocalProcessor, type Processor } from './processing/processor.js';
import { restoreObjects } from './restore/restore-objects.js';
import { createPendingRestoring } from './restore/restore-waiting.js';
import { createCertificates } from './tables/certificates.js';
import { createOpening } from './tables/open-object.js';
import { createSessions } from './tables/sessions.js';
import { createTableIntake } from './tables/table-intake.js';
import { createDelayed } from './turns/delayed.js';
import { createQueue } from './turns/queue.js';
import { createPending } from './waiting/pending.js';
import { createPendingJournal } from './waiting/pending-journal.js';

export interface ReceiverOptions {
  readonly crypto: Crypto;
  readonly fecSchemes: FecSchemes;
  /** Public keys of publishers that are trusted. */
  readonly trust: readonly PublicKey[];
  /**
   * 'lazy' (default): signatures of object datagrams are checked when the digest of the object shows that some are
   * forged, or when two datagrams contradict each other. 'eager': each one, some at a time, before it is stored.
   */
  readonly verify?: 'lazy' | 'eager';
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
  /** True for an edition that the application has already, so that it is not received again; by default none. */
  readonly isHeld?: (edition: Edition) => boolean;
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
}

export interface Receiver {
  /** Listens to events of a type; returns a function that ends it. Listeners must not throw. */
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
   * @param from destination: address and port it was sent to, as text: sessions of different destinations are kept apart
   */
  push(datagram: Uint8Array, from?: { readonly destination?: string }): void;
  /**
   * Fulfilled when all that was pushed is taken in; blocks and checks may be in work still. To read a recording, push
   * some and wait, so that the queue stays short.
   *
   * @throws what the store or a sink has thrown; the receiver is of no use afterwards
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
  /** Roll-back memory, to be given to the next receiver. */
  seen(): Seen;
  /** Ends everything: objects on their way are dropped. What a store that outlives the receiver holds stays there. */
  close(): Promise<void>;
}

/** With the 500 ms that a store may take, what is received is safe within a second. */
const CHECK_DELAY = 250;

/**
 * A receiver without any input or output of its own: datagrams are pushed in, events come out. It runs in Node and in
 * browsers alike, and whatever is pushed, it neither throws nor takes more than its limits.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { crypto, fecSchemes: schemes } = options;
  const wanted: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const store = options.store ?? createMemoryStore();
  const persistent = options.store && isPersistent(options.store) ? options.store : undefined;
  const maxStoredBytes = Math.min(wanted.maxStoredBytes, persistent?.maxBytes ?? Number.POSITIVE_INFINITY);
  const limits = { ...wanted, maxStoredBytes };
  const counters = createCounters();
  const { on, emit } = createEventHub();
  const seen = createSeenMemory(options.seen, (record) => emit('seen', record));
  const certificates = createCertificates(crypto, options.trust, seen);
  const checkedRoots = createRootCache();
  const sessions = createSessions(crypto, limits.maxSessions);
  const receptions = createReceptions(limits, forget, store.drop, () => pending.giveUp());
  const journal = persistent && createPendingJournal(persistent, receptions, limits.maxPendingBytes);
  const later = (task: () => Promise<void>) => delayed.add(() => queue.add(task));
  const pending = createPending(limits.maxPendingBytes, journal, later);

  const context: ReceptionContext = {
    crypto,
    schemes,
    store,
    counters,
    emit,
    reject,
    checkedRoots,
    processor: options.processor ?? createLocalProcessor({ crypto, schemes, store }),
    createSink: options.createSink ?? createMemorySink,
    eager: options.verify === 'eager',
    keysOf: certificates.keysOf,
    claim: receptions.claim,
    unclaim: receptions.unclaim,
    outlived: persistent !== undefined,
    isHeld: options.isHeld ?? (() => false),
    later,
    isReplaced: (reception) => (receptions.get(reception.info.id) ?? reception) !== reception,
    async onVerified(edition) {
      seen.raiseSequence(edition.publisher, edition.name, edition.sequence);
      await receptions.dropOlder(edition);
    },
  };
  const open = createOpening({ context, receptions, pending, limits });
  const tables = createTableIntake({ context, sessions, certificates, seen, limits, open });
  const receive = createIntake({
    context,
    sessions,
    pending,
    tables,
    allowUnsigned: options.allowUnsigned ?? false,
  });
  const queue = createQueue(limits.maxQueuedBytes, receive);
  const delayed = createDelayed(options.checkDelay ?? CHECK_DELAY);
  let closed = false;

  function reject(rejection: Rejection): void {
    counters[rejection.reason]++;
    emit('rejected', rejection);
  }

  /** An object that was dropped may be announced again. */
  function forget(reception: Reception): void {
    for (const session of sessions.all()) {
      for (const [toi, object] of session.objects) if (object === reception) session.objects.delete(toi);
      session.forgetTables();
    }
  }

  async function restore(): Promise<number> {
    let restored = 0;
    queue.add(async () => {
      if (persistent === undefined || journal === undefined) return;
      const waited = createPendingRestoring(persistent, { crypto, pending, journal, receive, limits });
      const isClosed = () => closed;
      restored = await restoreObjects(persistent, { context, receptions, receive, on, waited, isClosed });
      if (!closed) await pending.tidy();
    });
    await queue.empty();
    return restored;
  }

  async function close(): Promise<void> {
    closed = true;
    options.signal?.removeEventListener('abort', abort);
    delayed.close();
    queue.close();
    for (const reception of receptions.all()) reception.cancel();
    await queue.empty().catch(() => {});
    for (const reception of receptions.all()) await (persistent ? reception.end() : reception.drop());
  }

  const abort = () => void close().catch(() => {});
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort);

  return {
    on,
    restore,
    push(datagram, from) {
      if (queue.push(plainView(datagram), from?.destination)) return;
      reject({ reason: 'too-many', detail: 'Datagrams come faster than they can be worked on.' });
    },
    taken: queue.empty,
    async idle() {
      queue.add(async () => {
        for (const reception of receptions.all())
          if (reception.state === 'receiving') await reception.settle();
        await pending.tidy();
      });
      await queue.empty();
    },
    counters,
    objects: () =>
      [...receptions.all()].map((each) => ({ object: each.info, state: each.state, blocks: each.blocks() })),
    seen: seen.record,
    close,
  };
}

/** A subclass may slice without copying, as Node's Buffer does; everything here relies on a copy. */
function plainView(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
