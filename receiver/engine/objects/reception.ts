import type { AlcPacket } from '../../../codecs/alc/index.js';
import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { ObjectInfo, RejectionReason } from '../ports/events.js';
import type { ObjectSink } from '../ports/sink.js';
import { TABLE_GROUP } from '../ports/store.js';
import type { Announcement, Evidence } from './announcement.js';
import type { BlockReception } from './block-reception.js';
import { createChecks } from './checks.js';
import { createRebuilding } from './rebuilding.js';
import type { ReceptionContext } from './reception-context.js';
import { createSymbolIntake } from './symbol-intake.js';
import { verifyObject } from './verify-object.js';

/** How far a source block has come. */
export interface BlockStatus {
  readonly sbn: number;
  /** K. */
  readonly sourceSymbols: number;
  /** Different symbols held. */
  readonly received: number;
  readonly rebuilt: boolean;
}

/** Held: the application has it already. */
export type ObjectState = 'receiving' | 'held' | 'verified' | 'unsigned' | 'rejected' | 'dropped';

/** An object on its way. Its functions are called one after the other, never at the same time. */
export interface Reception {
  readonly info: ObjectInfo;
  readonly state: ObjectState;
  /** Set by the receiver: when the object was last heard of. */
  lastHeard: number;
  /** When the last table that names it expires, seconds of the Unix time. */
  readonly expires: number;
  /** A table names the object: whoever takes it up from the store needs that too. */
  announced(evidence: Evidence): Promise<void>;
  /** So many bytes more in the store are the object's. */
  hold(bytes: number): void;
  /** An object without bytes is complete at once. */
  begin(): Promise<void>;
  /**
   * Takes a datagram of the object that has a payload ID. What comes of it may show later.
   *
   * @param reference of one that is in the store already
   */
  take(datagram: Uint8Array, packet: AlcPacket, reference?: number): MaybePromise<void>;
  /** Fulfilled when everything that was taken is in the store, or found to be forged or of no use. */
  checked(): Promise<void>;
  /** Fulfilled when everything that was taken has had its effect. */
  settle(): Promise<void>;
  blocks(): BlockStatus[];
  /** Asks work that is going on to end soon; to be followed by `drop`. */
  cancel(): void;
  /** Ends the reception and gives everything back but a content that was handed out. The store stays as it is. */
  end(): Promise<void>;
  /** Ends the reception, and nothing of it stays in the store unless a content that was handed out needs it. */
  drop(): Promise<void>;
}

/** Sessions and uplink keys of an object whose tables are stored. */
const MAX_SOURCES = 64;

export function createReception(announcement: Announcement, context: ReceptionContext): Reception {
  const { info, parameters, edition } = announcement;
  const { store, processor } = context;
  const order = { id: info.id, parameters };
  const blocks = new Map<number, BlockReception>();
  /** Of a signed object. */
  const checks = edition && createChecks(context, edition);
  let state: ObjectState = edition !== undefined && context.isHeld(edition) ? 'held' : 'receiving';
  let sink: ObjectSink | undefined;
  let storedBytes = 0;
  /** What is stored is needed until the content is released. */
  let handedOut = false;
  const sources = new Set<string>();
  let expires = 0;

  const isReceiving = () => state === 'receiving';
  const reject = (reason: RejectionReason, detail: string) =>
    context.reject({ reason, detail, session: info.session });
  const openSink = async () => {
    sink ??= await context.createSink({ id: info.id, transferLength: info.transferLength });
    return sink;
  };
  const rebuilding = createRebuilding(announcement, context, {
    isReceiving,
    checkedOnly: () => symbols.checkedOnly,
    sink: openSink,
    onProblem: (problem) => rejectObject('bad-object', problem),
    async onOverdue() {
      if (checks !== undefined) await symbols.checkAll();
    },
    onComplete: complete,
  });
  const symbols = createSymbolIntake(announcement, context, {
    blocks,
    checks,
    rebuilding,
    isReceiving,
    reject,
    append,
  });

  /** Puts a datagram into the store; undefined when there is no room, or the object is not received any more. */
  function append(
    datagram: Uint8Array,
    group: number,
    destination?: string,
  ): MaybePromise<number | undefined> {
    const bytes = datagram.length + (store.overhead ?? 0);
    const full = `The store has no room for more datagrams of the object with TOI ${info.toi}.`;
    const noRoom = () => reject('too-many', full) as undefined;
    return chain(context.claim(bytes, reception), (granted) => {
      if (!granted) return noRoom();
      // Another object may have made room by dropping this one.
      if (state !== 'receiving') return context.unclaim(bytes) as undefined;
      hold(bytes);
      return chain(store.append(info.id, datagram, group, destination), (reference) => {
        if (reference !== undefined) return reference;
        hold(-bytes);
        context.unclaim(bytes);
        return noRoom();
      });
    });
  }

  function hold(bytes: number): void {
    storedBytes += bytes;
  }

  async function announced({ source, datagrams, destination, restored, ...rest }: Evidence): Promise<void> {
    expires = Math.max(expires, rest.expires);
    if (state !== 'receiving' || sources.has(source) || sources.size >= MAX_SOURCES) return;
    sources.add(source);
    if (restored || !context.outlived) return;
    for (const datagram of datagrams) await append(datagram, TABLE_GROUP, destination);
  }

  /** Judges the whole object. When forgeries are found its blocks are rebuilt, and it is complete once more later. */
  async function complete(): Promise<void> {
    const rebuilt = await openSink();
    if (edition === undefined) return handOut('unsigned');
    const digests = await processor.digest(order, rebuilt, isReceiving);
    if (state !== 'receiving') return;
    const verdict = await verifyObject(context.crypto, edition, digests);
    if (verdict?.reason === 'bad-digest' && ((await symbols.checkAll()) > 0 || !isReceiving())) return;
    if (verdict !== undefined) return rejectObject(verdict.reason, verdict.why);
    await context.onVerified(edition);
    await handOut('verified');
  }

  async function handOut(type: 'verified' | 'unsigned'): Promise<void> {
    state = type;
    const complete = sink!;
    sink = undefined;
    await checks?.finish();
    await giveBack();
    handedOut = context.outlived;
    if (!handedOut) await dropStored();
    const release = async () => {
      await complete.discard();
      if (handedOut) await dropStored();
      handedOut = false;
    };
    context.emit(type, { object: info, content: { read: () => complete.read(), release } });
  }

  async function rejectObject(reason: RejectionReason, why: string): Promise<void> {
    state = 'rejected';
    await checks?.finish();
    await giveBack();
    await dropStored();
    const detail = `The object with TOI ${info.toi} is refused: ${why}`;
    context.reject({ reason, detail, session: info.session, object: info });
  }

  /** Files are closed when nobody works on them any more. */
  async function giveBack(): Promise<void> {
    await rebuilding.abandon();
    await checks?.abandon();
    await processor.release(order);
    await sink?.discard();
    sink = undefined;
    blocks.clear();
  }

  async function dropStored(): Promise<void> {
    context.unclaim(storedBytes);
    storedBytes = 0;
    if (!context.isReplaced(reception)) await store.drop(info.id);
  }

  function status(): BlockStatus[] {
    const isComplete = state === 'verified' || state === 'unsigned' || state === 'held';
    return announcement.blocks.map(({ sbn, sourceSymbols }) => {
      if (isComplete) return { sbn, sourceSymbols, received: sourceSymbols, rebuilt: true };
      const block = blocks.get(sbn);
      const symbols = block?.index.symbols ?? 0;
      return { sbn, sourceSymbols, received: symbols, rebuilt: block?.state === 'rebuilt' };
    });
  }

  const reception: Reception = {
    info,
    get state() {
      return state;
    },
    lastHeard: 0,
    get expires() {
      return expires;
    },
    announced,
    hold,
    async begin() {
      if (info.blocks === 0) await complete();
    },
    take: symbols.take,
    async checked() {
      await checks?.finish();
    },
    async settle() {
      await checks?.finish();
      await rebuilding.finish();
    },
    blocks: status,
    cancel() {
      if (state === 'receiving') state = 'dropped';
    },
    async end() {
      reception.cancel();
      await giveBack();
      handedOut = false;
    },
    async drop() {
      reception.cancel();
      await giveBack();
      if (!handedOut) await dropStored();
    },
  };
  return reception;
}
