import { createRootCache } from '../../codecs/auth/index.js';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import { plainView } from './datagrams/plain-view.js';
import { createDatagramReader } from './datagrams/read-datagram.js';
import { isSignedKey } from './datagrams/session-key.js';
import { createEditions } from './editions/editions.js';
import { createIntake } from './intake.js';
import type { PushResult, Receiver, ReceiverOptions } from './interface.js';
import { advance, advanceAgain } from './objects/advance.js';
import { cancelReception, dropReception, endReception } from './objects/finish-reception.js';
import { blockStatuses, isReceiving, type Reception } from './objects/reception.js';
import type { ReceptionContext, WaitingDatagram } from './objects/reception-context.js';
import { takeIfAny } from './objects/take-among.js';
import { createCounters, createEventHub, type Rejection } from './ports/events.js';
import type { Flow } from './ports/flow.js';
import { createLimits } from './ports/limits.js';
import { createMemoryStore } from './ports/memory-store.js';
import { createSeenMemory } from './ports/seen.js';
import { createMemorySink } from './ports/sink.js';
import { isPersistent } from './ports/store.js';
import { createLocalProcessor } from './processing/processor.js';
import { restoreObjects } from './restore/restore-objects.js';
import { createWaitingRestoring } from './restore/restore-waiting.js';
import { findListing } from './room/listing.js';
import { createNewerEdition } from './room/newer-edition.js';
import { createReceptions, leftOut } from './room/receptions.js';
import { createReplacedKeys } from './room/replaced-keys.js';
import { editionStatuses } from './room/status.js';
import { createThere } from './room/there.js';
import { createUsefulness } from './room/usefulness.js';
import { createCertificates } from './tables/certificates.js';
import { createOpening } from './tables/open-object.js';
import { createPublishers } from './tables/publishers.js';
import { createSessions } from './tables/sessions.js';
import { createSuccessionIntake } from './tables/succession-intake.js';
import { createTableIntake } from './tables/table-intake.js';
import { createDelayed } from './turns/delayed.js';
import { createQueue } from './turns/queue.js';
import { createWaitingDatagrams, waitingKey } from './waiting/waiting-datagrams.js';
import { createWaitingJournal } from './waiting/waiting-journal.js';

/** When this part of the queue is in use, datagrams come faster than they can be checked. */
const BUSY = 8;
/** With the 500 ms that a store may take, what is received is safe within a second. */
const CHECK_DELAY = 250;
/** Milliseconds until a disk that was full is tried again. */
const ROOM_DELAY = 30_000;

/**
 * A receiver without any input or output of its own: datagrams are pushed in, events come out. It runs in Node and in
 * browsers alike, and whatever is pushed, it neither throws nor takes more than its limits.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { crypto, fecSchemes: schemes } = options;
  const store = options.store ?? createMemoryStore();
  const persistent = options.store && isPersistent(options.store) ? options.store : undefined;
  const limits = createLimits(options.limits, persistent);
  const counters = createCounters();
  const { on, emit } = createEventHub();
  const seen = createSeenMemory(options.seen, (record) => emit('seen', record));
  const publishers = createPublishers(crypto, options.trust, seen, async (succession) => {
    certificates.forget(succession.publisher);
    await replaced.forgetEditions(succession.publisher);
    emit('succession', succession);
  });
  const certificates = createCertificates(crypto, publishers, seen, (publisher) =>
    replaced.forgetUplinks(publisher),
  );
  const checkedRoots = createRootCache();
  const sessions = createSessions(crypto, limits.maxSessions);
  const editions = createEditions(limits);
  const { length } = publishers.all();
  const usefulness = createUsefulness({ editions, publishers: length, now: () => counters.datagrams });
  const receptions = createReceptions({
    limits,
    usefulness,
    drop: (reception) => dropReception(context, reception),
    onDrop: forget,
    onDisplaced: ({ info }) => reject(leftOut(info)),
    dropStored,
    giveUpOther: () => waiting.giveUp(),
  });
  const isHeld = options.isHeld ?? (() => false);
  const there = createThere({ editions, receptions, isHeld });
  const replaced = createReplacedKeys({ context: () => context, receptions, editions, forgetTables });
  for (const known of options.editions ?? []) {
    if (!publishers.isPresent(known)) continue;
    editions.add(known, -1);
    seen.raiseSequence(known.edition.publisher, known.edition.name, known.edition.sequence);
  }
  editions.makeRoom(there.isPart);
  const journal = persistent && createWaitingJournal(persistent, receptions, limits.maxWaitingBytes);
  const later = (task: () => Promise<void>) => delayed.add(() => queue.add(task));
  const waiting = createWaitingDatagrams({
    maxBytes: limits.maxWaitingBytes,
    journal,
    later,
    isCertified: (session) => isSignedKey(session) && sessions.get(session) !== undefined,
  });

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
    checksNew: () => options.verify === 'auto' && queue.bytes <= limits.maxQueuedBytes / BUSY,
    keysOf: certificates.keysOf,
    claim: receptions.claim,
    claimBlock: receptions.claimBlock,
    unclaim: receptions.unclaim,
    outlived: persistent !== undefined,
    limits,
    checking: { bytes: 0, receptions: new Set() },
    later,
    advanceLater: (reception) => untilRoom.add(() => queue.add(() => advanceAgain(context, reception))),
    isReplaced: (reception) => (receptions.get(reception.info.id) ?? reception) !== reception,
    commit: publishers.commit,
    takeEdition: (arrival) => takeEdition(arrival),
    completePart: editions.complete,
    editionsOf: (part) => editions.find(part).map(({ edition }) => edition.edition),
    ofPart: receptions.ofPart,
    wait: (datagram) => waiting.add(waitingKey(datagram.session, datagram.toi), datagram),
    handOn,
    drop: receptions.drop,
    dropStored,
  };
  const takeEdition = createNewerEdition({
    context,
    editions,
    receptions,
    seen,
    limits,
    isHeld,
    there,
    forgetTables,
  });
  const read = createDatagramReader(schemes);
  const open = createOpening({ context, read, receptions, waiting, limits, isHeld: there.isObject, list });
  /** While the store is taken up: objects that are outdated, and objects that have left it. */
  let restoring: { readonly outdated: Set<string>; readonly gone: Set<string> } | undefined;
  const tables = createTableIntake({
    context,
    sessions,
    certificates,
    seen,
    editions,
    limits,
    open,
    onOutdated: (object) => void restoring?.outdated.add(object),
  });
  const receive = createIntake({
    context,
    read,
    sessions,
    waiting,
    tables,
    takeHeader: createSuccessionIntake(context, publishers),
    allowUnsigned: options.allowUnsigned ?? false,
  });
  const queue = createQueue({ maxBytes: limits.maxQueuedBytes, work: receive, onFailure });
  const delayed = createDelayed(options.checkDelay ?? CHECK_DELAY);
  const untilRoom = createDelayed(ROOM_DELAY);
  let closed = false;
  let failed = false;

  function dropStored(object: string): MaybePromise<void> {
    restoring?.gone.add(object);
    return store.drop(object);
  }

  function onFailure(error: unknown, left: number): void {
    failed = true;
    counters.failed += left;
    emit('failed', { error });
  }

  function push(datagram: Uint8Array, { source, destination }: Flow): PushResult {
    if (failed) {
      counters.failed++;
      return 'failed';
    }
    const bytes = plainView(datagram);
    const result = queue.push({ bytes, flow: { source, destination } }, bytes.length);
    if (result === 'full') {
      reject({ reason: 'too-many', detail: 'Datagrams come faster than they can be worked on.' });
    }
    return result;
  }

  function reject(rejection: Rejection): void {
    counters[rejection.reason]++;
    emit('rejected', rejection);
  }

  /** What was announced counts as new. */
  function forgetTables(): void {
    for (const session of sessions.all()) session.forgetTables();
  }

  /** Tables may have told of other objects with this TOI since. */
  async function handOn({ bytes, flow, stored, ...where }: WaitingDatagram, refusedBy: Reception) {
    const known = sessions.get(where.session)?.objects.get(where.toi) ?? [];
    const others = known.filter((each) => each !== refusedBy);
    const datagram = read({ bytes, flow, stored });
    const isReadable = datagram !== 'empty' && !('reason' in datagram);
    if (isReadable && others.length > 0 && (await takeIfAny(context, others, datagram))) return;
    await context.wait({ bytes, flow, stored, ...where });
  }

  /** An object that was dropped may be announced again. */
  function forget(reception: Reception): void {
    for (const session of sessions.all()) {
      const { objects } = session;
      for (const toi of reception.tois.get(session) ?? []) {
        const known = objects.get(toi);
        if (!known?.includes(reception)) continue;
        const others = known.filter((each) => each !== reception);
        if (others.length > 0) objects.set(toi, others);
        else objects.delete(toi);
      }
    }
    forgetTables();
  }

  function list(reception: Reception): void {
    const listing = findListing(editions, reception);
    reception.listing = typeof listing === 'object' ? listing : undefined;
  }

  async function restore(): Promise<number> {
    let restored = 0;
    queue.add(async () => {
      if (persistent === undefined || journal === undefined) return;
      const waited = createWaitingRestoring(persistent, { crypto, waiting, journal, receive, limits });
      restoring = { outdated: new Set(), gone: new Set() };
      restored = await restoreObjects(persistent, {
        context,
        read,
        receptions,
        receive,
        ...restoring,
        waited,
        isClosed: () => closed,
      });
      restoring = undefined;
      if (!closed) await waiting.tidy();
    });
    await queue.empty();
    return restored;
  }

  async function close(): Promise<void> {
    closed = true;
    options.signal?.removeEventListener('abort', abort);
    delayed.close();
    untilRoom.close();
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
    push: (datagram, from = {}) => push(datagram, from),
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
        part: each.listing?.part,
      })),
    editions: () => editionStatuses(editions, receptions.all(), isHeld),
    seen: seen.record,
    close,
  };
}
