import { AlcError, type AlcPacket, findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import {
  AuthError,
  createRootCache,
  FDT_OBJECT_ID,
  parseAuth,
  verifyDatagram,
} from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { type Fdt, FdtError, type FdtFile, parseFdt } from '../../codecs/fdt/index.js';
import { FecError, type FecSchemes } from '../../codecs/fec/index.js';
import type { PublicKey } from '../../codecs/minisign/index.js';
import { RaptorQError } from '../../codecs/raptorq/index.js';
import { announce } from './announcement.js';
import { createCertificates, type Uplink } from './certificates.js';
import { announcedEdition } from './edition.js';
import {
  createCounters,
  createEventHub,
  type EventHub,
  type ObjectInfo,
  type ReceiverCounters,
  type Rejection,
  type SessionInfo,
} from './events.js';
import { DEFAULT_LIMITS, type ReceiverLimits } from './limits.js';
import { createPending } from './pending.js';
import { createQueue } from './queue.js';
import { type BlockStatus, createReception, type ObjectState, type Reception } from './reception.js';
import { createReceptions, isOlder } from './receptions.js';
import { createSeenMemory, type Seen } from './seen.js';
import { createSessions, type Session, sessionKey } from './sessions.js';
import { type CreateSink, createMemorySink } from './sink.js';
import { createMemoryStore, type DatagramStore } from './store.js';
import { createTables } from './tables.js';

export interface ReceiverOptions {
  readonly crypto: Crypto;
  readonly fecSchemes: FecSchemes;
  /** Public keys of publishers that are trusted. */
  readonly trust: readonly PublicKey[];
  /**
   * 'lazy' (default): signatures of object datagrams are checked when the digest of the object shows that some are
   * forged, or when two datagrams contradict each other. 'eager': each one as it comes.
   */
  readonly verify?: 'lazy' | 'eager';
  /** Receive sessions without authentication too; false by default. */
  readonly allowUnsigned?: boolean;
  readonly limits?: Partial<ReceiverLimits>;
  /** Where datagrams wait; memory by default. */
  readonly store?: DatagramStore;
  /** Where objects are rebuilt; memory by default. */
  readonly createSink?: CreateSink;
  /** What the last `seen` event of an earlier run said: lower generations and sequence numbers are refused. */
  readonly seen?: Seen;
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
   * Takes a UDP payload, whatever it is. The bytes must not be changed before `idle` is fulfilled.
   *
   * @param from destination: address and port it was sent to, as text: sessions of different destinations are kept apart
   */
  push(datagram: Uint8Array, from?: { readonly destination?: string }): void;
  /**
   * Fulfilled when all that was pushed has been worked on. To read a recording, push some and wait, so that the queue
   * stays short.
   *
   * @throws what the store or a sink has thrown; the receiver is of no use afterwards
   */
  idle(): Promise<void>;
  readonly counters: Readonly<ReceiverCounters>;
  /** All objects that are on their way or remembered. */
  objects(): ObjectStatus[];
  /** Roll-back memory, to be given to the next receiver. */
  seen(): Seen;
  /** Ends everything: objects on their way are dropped. */
  close(): Promise<void>;
}

/**
 * A receiver without any input or output of its own: datagrams are pushed in, events come out. It runs in Node and in
 * browsers alike, and whatever is pushed, it neither throws nor takes more than its limits.
 */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { crypto, fecSchemes, allowUnsigned = false } = options;
  const limits: ReceiverLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const store = options.store ?? createMemoryStore();
  const counters = createCounters();
  const { on, emit } = createEventHub();
  const seen = createSeenMemory(options.seen, (record) => emit('seen', record));
  const certificates = createCertificates(crypto, options.trust, seen);
  const checkedRoots = createRootCache();
  const tables = createTables(fecSchemes, limits);
  const pending = createPending(limits.maxPendingBytes);
  const sessions = createSessions(crypto, limits.maxSessions);
  const receptions = createReceptions(limits, forget);
  const queue = createQueue(limits.maxQueuedBytes, receive);

  const context = {
    ...{ crypto, store, counters, emit, reject, checkedRoots },
    schemes: fecSchemes,
    createSink: options.createSink ?? createMemorySink,
    eager: options.verify === 'eager',
    keysOf: certificates.keysOf,
    claim: receptions.claim,
    unclaim: receptions.unclaim,
    async onVerified(edition: NonNullable<ObjectInfo['edition']>) {
      seen.raiseSequence(edition.publisher, edition.name, edition.sequence);
      await receptions.dropOlder(edition);
    },
  };

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

  function receive(datagram: Uint8Array, destination: string | undefined): Promise<void> | void {
    counters.datagrams++;
    let packet: AlcPacket;
    try {
      packet = parseAlc(datagram, fecSchemes);
    } catch (error) {
      if (!(error instanceof AlcError)) throw error;
      return reject({ reason: 'malformed', detail: error.message });
    }
    const { tsi, toi } = packet.lct;
    // A and B flags end nothing: anybody could set them, and what is complete shows by itself.
    if (packet.payloadId === undefined || packet.payload.length === 0) {
      counters.empty++;
      return;
    }
    if (toi === undefined)
      return reject({ reason: 'malformed', detail: 'The datagram names no object (TOI).' });
    const signed = hasOurAuthentication(datagram, packet);
    if (!signed && !allowUnsigned) {
      const session = { tsi, destination, publisher: undefined };
      return reject({ reason: 'unsigned', detail: 'The datagram has no authentication.', session });
    }
    const key = sessionKey(signed, destination, tsi);
    if (toi === 0) return receiveTable(key, signed, datagram, packet, destination);
    const session = sessions.get(key);
    const object = session?.objects.get(toi);
    if (object !== undefined) {
      object.lastHeard = counters.datagrams;
      return object.take(datagram, packet) as Promise<void> | undefined;
    }
    const waiting = session?.waiting.get(toi);
    if (waiting !== undefined && packet.fti !== undefined) {
      return announceWaiting(key, session!, waiting, datagram, packet);
    }
    if (!pending.add(pendingKey(key, toi), datagram)) {
      reject({
        reason: 'too-many',
        detail: 'Too many datagrams wait for the table that describes their object.',
      });
    }
  }

  async function receiveTable(
    key: string,
    signed: boolean,
    datagram: Uint8Array,
    packet: AlcPacket,
    destination: string | undefined,
  ): Promise<void> {
    if (packet.fdt === undefined) {
      return reject({ reason: 'malformed', detail: 'A datagram of TOI 0 has no EXT_FDT.' });
    }
    const uplink = signed ? await judgeTable(key, datagram, packet) : undefined;
    const isKnown = !signed && sessions.get(key)?.wasKnown(packet.payload);
    if (uplink === 'known' || isKnown) {
      counters.duplicates++;
      return;
    }
    if (uplink !== undefined && 'reason' in uplink) return reject(uplink);
    const session = sessions.open(key);
    const info = introduce(session, packet.lct.tsi, destination, uplink);
    let table: Fdt;
    try {
      const xml = await tables.add(key, packet, datagram);
      if (xml === undefined) return;
      // A table of one symbol is known again by any of its datagrams, a longer one by its text.
      const isWhole = startsWith(packet.payload, xml);
      if (session.isKnown(isWhole ? packet.payload : xml)) return;
      table = parseFdt(xml, { maxSize: limits.maxFdtBytes });
    } catch (error) {
      if (!isTableError(error)) throw error;
      return reject({ reason: 'bad-table', detail: error.message, session: info });
    }
    for (const file of table.files) await announceFile(key, session, info, file, uplink);
  }

  /** The certified key that signed a datagram of a table, checked at once and by itself. */
  async function judgeTable(
    key: string,
    datagram: Uint8Array,
    packet: AlcPacket,
  ): Promise<Uplink | Rejection | 'known'> {
    const { tsi } = packet.lct;
    const cert = findExtension(packet.lct, HET.CERT);
    if (cert === undefined || tsi === undefined) {
      return { reason: 'no-certificate', detail: 'A datagram of the table has no uplink certificate.' };
    }
    const uplink = await certificates.judge(datagram.subarray(cert.offset, cert.offset + cert.length), tsi);
    if ('reason' in uplink) return uplink;
    // Says nothing new, whoever sends it: its signature need not be checked.
    const isKnown =
      sessions.get(key)?.infos.has(uplink.publisherId) && sessions.get(key)?.wasKnown(packet.payload);
    if (isKnown) return 'known';
    const { publicKey } = uplink;
    const genuine = await verifyDatagram(
      ...([crypto, publicKey, tsi, datagram, packet.authOffset!, FDT_OBJECT_ID, checkedRoots] as const),
    );
    if (genuine) return uplink;
    return { reason: 'forged', detail: 'A datagram of the table is not signed by the certified uplink key.' };
  }

  function introduce(
    session: Session,
    tsi: number | undefined,
    destination: string | undefined,
    uplink: Uplink | undefined,
  ): SessionInfo {
    const publisher = uplink?.publisherId;
    const known = session.infos.get(publisher ?? '');
    if (known !== undefined) return known;
    const info = { tsi, destination, publisher };
    session.infos.set(publisher ?? '', info);
    emit('session', info);
    return info;
  }

  async function announceFile(
    key: string,
    session: Session,
    info: SessionInfo,
    file: FdtFile,
    uplink: Uplink | undefined,
  ): Promise<void> {
    const edition = uplink && (await announcedEdition(crypto, file, uplink.publisher, uplink.publisherId));
    if (typeof edition === 'string') {
      const detail = `The object with TOI ${file.toi} is refused: ${edition}`;
      return reject({ reason: 'not-an-edition', detail, session: info });
    }
    const newest = edition && seen.sequence(edition.publisher, edition.name);
    if (newest !== undefined && edition!.sequence < newest) {
      const detail = `Edition ${edition!.sequence} of ${edition!.name} is older than ${newest}, which was received.`;
      return reject({ reason: 'old-edition', detail, session: info });
    }
    const announcement = announce(fecSchemes, limits, info, file, edition, undefined);
    if (announcement === 'incomplete') {
      if (edition === undefined) waitFor(session, file, info);
      else
        reject({
          reason: 'bad-object',
          detail: `TOI ${file.toi} comes without FEC parameters.`,
          session: info,
        });
    } else if ('reason' in announcement) reject(announcement);
    else await open(key, session, announcement);
  }

  function waitFor(session: Session, file: FdtFile, info: SessionInfo): void {
    session.waiting.set(file.toi, { file, info });
    if (session.waiting.size > limits.maxObjects)
      session.waiting.delete(session.waiting.keys().next().value!);
  }

  /** EXT_FTI on a datagram of an object gives what the table of another sender left out. */
  async function announceWaiting(
    key: string,
    session: Session,
    { file, info }: { file: FdtFile; info: SessionInfo },
    datagram: Uint8Array,
    packet: AlcPacket,
  ): Promise<void> {
    const announcement = announce(fecSchemes, limits, info, file, undefined, packet.fti);
    if (announcement === 'incomplete') return;
    if ('reason' in announcement) return reject(announcement);
    session.waiting.delete(file.toi);
    await open(key, session, announcement);
    await session.objects.get(file.toi)?.take(datagram, packet);
  }

  /** Starts to receive an object, or adds a session to one that is known from another. */
  async function open(
    key: string,
    session: Session,
    announcement: Exclude<ReturnType<typeof announce>, Rejection | 'incomplete'>,
  ): Promise<void> {
    const { id, toi, edition, session: info } = announcement.info;
    const current = session.objects.get(toi);
    // A replayed table must not take a TOI away from a newer edition.
    if (current?.state === 'receiving' && isOlder(edition, current.info.edition)) return;
    let reception = receptions.get(id);
    if (reception === undefined) {
      reception = createReception(announcement, context);
      reception.lastHeard = counters.datagrams;
      if (!(await receptions.add(reception))) {
        const detail = `The object with TOI ${toi} is left out: there are too many objects.`;
        return reject({ reason: 'too-many', detail, session: info });
      }
      assign(session, toi, reception);
      emit('announced', reception.info);
      await reception.begin();
    } else assign(session, toi, reception);
    for (const datagram of pending.take(pendingKey(key, toi))) {
      await reception.take(datagram, parseAlc(datagram, fecSchemes));
    }
  }

  function assign(session: Session, toi: number, reception: Reception): void {
    session.objects.delete(toi);
    session.objects.set(toi, reception);
    if (session.objects.size > 2 * limits.maxObjects) {
      session.objects.delete(session.objects.keys().next().value!);
    }
  }

  return {
    on,
    push: (datagram, from) => {
      if (queue.push(plainView(datagram), from?.destination)) return;
      reject({ reason: 'too-many', detail: 'Datagrams come faster than they can be worked on.' });
    },
    idle: queue.idle,
    counters,
    objects: () =>
      [...receptions.all()].map((each) => ({ object: each.info, state: each.state, blocks: each.blocks() })),
    seen: seen.record,
    async close() {
      queue.close();
      for (const reception of receptions.all()) reception.cancel();
      await queue.idle().catch(() => {});
      for (const reception of receptions.all()) await reception.drop();
    },
  };
}

/** A subclass may slice without copying, as Node's Buffer does; everything here relies on a copy. */
function plainView(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function pendingKey(session: string, toi: number): string {
  return `${toi} ${session}`;
}

/** Any other EXT_AUTH belongs to a scheme of another sender. */
function hasOurAuthentication(datagram: Uint8Array, { authOffset }: AlcPacket): boolean {
  if (authOffset === undefined) return false;
  try {
    parseAuth(datagram, authOffset);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}

function isTableError(error: unknown): error is Error {
  return (
    error instanceof FdtError ||
    error instanceof FecError ||
    error instanceof AlcError ||
    error instanceof RaptorQError
  );
}

/** True when a table of one symbol holds the whole text, padded at the end. */
function startsWith(payload: Uint8Array, xml: Uint8Array): boolean {
  if (payload.length < xml.length) return false;
  for (let i = 0; i < xml.length; i++) if (payload[i] !== xml[i]) return false;
  return true;
}
