import { createRootCache } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { createDatagramReader } from './datagrams/read-datagram.js';
import { createIntake } from './intake.js';
import { advance } from './objects/advance.js';
import { cancelReception, dropReception, endReception } from './objects/finish-reception.js';
import {
  type BlockStatus,
  blockStatuses,
  isReceiving,
  type ObjectState,
  type Reception,
} from './objects/reception.js';
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
import { createWaitingRestoring } from './restore/restore-waiting.js';
import { createCertificates } from './tables/certificates.js';
import { createOpening } from './tables/open-object.js';
import { createSessions } from './tables/sessions.js';
import { createTableIntake } from './tables/table-intake.js';
import { createDelayed } from './turns/delayed.js';
import { createQueue, type Queued } from './turns/queue.js';
import { createWaitingDatagrams } from './waiting/waiting-datagrams.js';
import { createWaitingJournal } from './waiting/waiting-journal.js';

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
   * @param from destination: address and port it was sent to, as text: sessions of different destinations are kept apart
   * @returns 'taken', or why it is dropped: 'full' when datagrams come faster than they can be worked on (counted as
   *   `too-many`; wait for `taken`), 'failed' when the store, a sink or the processor has thrown (counted as `failed`; make a
   *   new receiver), 'closed'
   */
  push(datagram: Uint8Array, from?: { readonly destination?: string }): PushResult;
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
  const receptions = createReceptions({
    limits,
    drop: (reception) => dropReception(context, reception),
    onDrop: forget,
    dropStored: store.drop,
    giveUpOther: () => waiting.giveUp(),
  });
  const journal = persistent && createWaitingJournal(persistent, receptions, limits.maxWaitingBytes);
  const later = (task: () => Promise<void>) => delayed.add(() => queue.add(task));
  const waiting = createWaitingDatagrams(limits.maxWaitingBytes, journal, later);

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
  const read = createDatagramReader(schemes);
  const open = createOpening({ context, read, receptions, waiting, limits });
  const tables = createTableIntake({ context, sessions, certificates, seen, limits, open });
  const receive = createIntake({
    context,
    read,
    sessions,
    waiting,
    tables,
    allowUnsigned: options.allowUnsigned ?? false,
  });
  const queue = createQueue({ maxBytes: limits.maxQueuedBytes, work: receive, onFailure });
  const delayed = createDelayed(options.checkDelay ?? CHECK_DELAY);
  let closed = false;
  let failed = false;

  function onFailure(error: unknown, left: number): void {
    failed = true;
    counters.failed += left;
    emit('failed', { error });
  }

  function push(datagram: Uint8Array, destination: string | undefined): PushResult {
    if (failed) {
      counters.failed++;
      return 'failed';
    }
    const bytes = plainView(datagram);
    const result = queue.push({ bytes, destination }, bytes.length);
    if (result === 'full') {
      reject({ reason: 'too-many', detail: 'Datagrams come faster than they can be worked on.' });
    }
    return result;
  }

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
      const waited = createWaitingRestoring(persistent, { crypto, waiting, journal, receive, limits });
      const isClosed = () => closed;
      restored = await restoreObjects(persistent, {
        context,
        read,
        receptions,
        receive,
        on,
        waited,
        isClosed,
      });
      if (!closed) await waiting.tidy();
    });
    await queue.empty();
    return restored;
  }

  async function close(): Promise<void> {
    closed = true;
    options.signal?.removeEventListener('abort', abort);
    delayed.close();
    queue.close();
    for (const reception of receptions.all()) cancelReception(reception);
    await queue.empty().catch(() => {});
    const end = persistent ? endReception : dropReception;
    for (const reception of receptions.all()) await end(context, reception);
  }

  const abort = () => void close().catch(() => {});
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort);

  return {
    on,
    restore,
    push: (datagram, from) => push(datagram, from?.destination),
    taken: queue.empty,
    async idle() {
      queue.add(async () => {
        for (const reception of receptions.all())
          if (isReceiving(reception)) await advance(context, reception, 'all');
        await waiting.tidy();
      });
      await queue.empty();
    },
    counters,
    objects: () =>
      [...receptions.all()].map((each) => ({
        object: each.info,
        state: each.state,
        blocks: blockStatuses(each),
      })),
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
