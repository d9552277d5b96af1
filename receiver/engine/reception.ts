import { type AlcPacket, parseAlc } from '../../codecs/alc/index.js';
import { equalBytes } from '../../codecs/bytes.js';
import { chain, type MaybePromise } from '../../codecs/crypto/index.js';
import type { Announcement, Evidence } from './announcement.js';
import { type Arrival, locate, rivals, someSymbol } from './arrival.js';
import { type BlockReception, enoughSymbols, isReady, removeForgery } from './block-reception.js';
import { checkStored } from './check-stored.js';
import { createChecks } from './checks.js';
import type { ObjectInfo, RejectionReason } from './events.js';
import { judge } from './judge.js';
import { createRebuilding } from './rebuilding.js';
import type { ReceptionContext } from './reception-context.js';
import type { ObjectSink } from './sink.js';
import { TABLE_GROUP } from './store.js';

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
/** Progress is told this many times. */
const PROGRESS_STEPS = 200;

export function createReception(announcement: Announcement, context: ReceptionContext): Reception {
  const { info, parameters, edition } = announcement;
  const { counters, store, workshop } = context;
  const order = { id: info.id, parameters };
  const blocks = new Map<number, BlockReception>();
  /** Of a signed object. */
  const checks = edition && createChecks(context, edition);
  let state: ObjectState = edition !== undefined && context.isHeld(edition) ? 'held' : 'receiving';
  let eager = context.eager && checks !== undefined;
  let sink: ObjectSink | undefined;
  let storedBytes = 0;
  /** What is stored is needed until the content is released. */
  let handedOut = false;
  const sources = new Set<string>();
  let expires = 0;
  /** Symbols of use: no block counts more than its K. */
  let received = 0;
  let progressTold = 0;

  const openSink = async () => {
    sink ??= await context.createSink({ id: info.id, transferLength: info.transferLength });
    return sink;
  };
  const rebuilding = createRebuilding(announcement, context, {
    isReceiving: () => state === 'receiving',
    checkedOnly: () => eager,
    sink: openSink,
    onProblem: (problem) => rejectObject('bad-object', problem),
    async onOverdue() {
      if (checks !== undefined) await checkAll();
    },
    onComplete: complete,
  });
  const useful = ({ index, source }: BlockReception) => Math.min(index.symbols, source.sourceSymbols);
  const reject = (reason: RejectionReason, detail: string) =>
    context.reject({ reason, detail, session: info.session });

  function take(datagram: Uint8Array, packet: AlcPacket, reference?: number): MaybePromise<void> {
    if (state !== 'receiving') {
      counters.surplus++;
      return;
    }
    const arrival = locate(announcement, blocks, datagram, packet, reference);
    if (arrival === undefined) {
      return reject('impossible-symbol', `The object with TOI ${info.toi} has no such symbol.`);
    }
    const { block } = arrival;
    const { index, unchecked } = block;
    // The same symbol is being checked: what comes of that decides on this one.
    if (unchecked.size > 0 && someSymbol(arrival, (esi) => unchecked.has(esi))) {
      return checks!.finish().then(() => take(datagram, packet, reference));
    }
    if (someSymbol(arrival, (esi) => index.find(esi) !== undefined)) return contest(arrival);
    if (isSurplus(block)) {
      counters.surplus++;
      return;
    }
    return eager ? keepIfGenuine(arrival) : keep(arrival, false);
  }

  function isSurplus({ state, index, source }: BlockReception): boolean {
    return state !== 'collecting' && index.symbols >= enoughSymbols(source);
  }

  function keepIfGenuine(arrival: Arrival): MaybePromise<void> {
    const { packet, block, esi, count } = arrival;
    someSymbol(arrival, (each) => !block.unchecked.add(each));
    return checks!.add(arrival.datagram, packet, (genuine, datagram) => {
      for (let each = esi; each < esi + count; each++) block.unchecked.delete(each);
      if (!genuine) return rejectForged(arrival);
      if (state === 'receiving' && !isSurplus(block)) return keep({ ...arrival, datagram }, true);
      counters.surplus++;
    });
  }

  function rejectForged({ block, esi }: Arrival): void {
    reject('forged', `Symbol ${esi} of block ${block.source.sbn} is not signed by the session's uplink key.`);
  }

  function keep(arrival: Arrival, checked: boolean): MaybePromise<void> {
    const { datagram, block, esi, count } = arrival;
    const stored = arrival.reference ?? append(datagram, block.source.sbn);
    return chain(stored, (reference) => {
      if (reference === undefined) return;
      const before = useful(block);
      block.index.add(reference, esi, count, checked);
      counters.kept++;
      received += useful(block) - before;
      tellProgress();
      return isReady(block, eager, false) ? rebuilding.consider(block) : undefined;
    });
  }

  /** Puts a datagram into the store; undefined when there is no room, or the object is not received any more. */
  function append(
    datagram: Uint8Array,
    group: number,
    destination?: string,
  ): MaybePromise<number | undefined> {
    const bytes = datagram.length + (store.overhead ?? 0);
    const noRoom = () => reject('too-many', 'There is no room for more datagrams.') as undefined;
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

  function tellProgress(): void {
    const step = Math.floor((received * PROGRESS_STEPS) / Math.max(1, info.sourceSymbols));
    if (step === progressTold) return;
    progressTold = step;
    context.emit('progress', { object: info, received, rebuiltBlocks: rebuilding.blocks });
  }

  /** A datagram that holds a symbol which is there already: a duplicate, or one of the two is forged. */
  async function contest(arrival: Arrival): Promise<void> {
    const { datagram, packet, block, esi, count } = arrival;
    const { index, source } = block;
    const entries = rivals(arrival);
    const stored: Uint8Array[] = [];
    const references = entries.map((entry) => index.reference(entry)!);
    await store.read(info.id, references, (each) => stored.push(each.slice()));
    if (stored.some((each) => equalBytes(each, datagram))) {
      counters.duplicates++;
      return;
    }
    if (checks === undefined) {
      const same = stored.some((each) => equalBytes(parseAlc(each, context.schemes).payload, packet.payload));
      if (same) counters.duplicates++;
      else reject('conflict', `Symbol ${esi} of block ${source.sbn} contradicts an earlier one.`);
      return;
    }
    const genuine = await checks.isGenuine(datagram, packet);
    for (const [i, entry] of entries.entries()) {
      if (index.isChecked(entry)) continue;
      if (await checks.isGenuine(stored[i]!)) index.setChecked(entry);
      else dropForgery(block, entry);
    }
    if (!genuine) rejectForged(arrival);
    else if (rivals(arrival).length === count) counters.duplicates++;
    else await keep(arrival, true);
    await rebuilding.consider(block);
  }

  /** Takes a stored datagram out; a block that it went into is decoded again. */
  function dropForgery(block: BlockReception, entry: number): void {
    const before = useful(block);
    if (removeForgery(block, entry)) rebuilding.forget();
    received -= before - useful(block);
    const { sbn } = block.source;
    reject('forged', `A datagram of block ${sbn} was stored and then found to be forged.`);
  }

  /** Checks every stored datagram that was not, and whatever comes from now on. Returns how many were forged. */
  async function checkAll(): Promise<number> {
    eager = true;
    let forged = 0;
    const isReceiving = () => state === 'receiving';
    await checkStored(context, order.id, blocks.values(), checks!, isReceiving, (block, entry, genuine) => {
      if (genuine) return block.index.setChecked(entry);
      dropForgery(block, entry);
      forged++;
    });
    for (const block of blocks.values()) await rebuilding.consider(block);
    return forged;
  }

  /** Judges the whole object. When forgeries are found its blocks are rebuilt, and it is complete once more later. */
  async function complete(): Promise<void> {
    const rebuilt = await openSink();
    if (edition === undefined) return handOut('unsigned');
    const digests = await workshop.digest(order, rebuilt, () => state === 'receiving');
    if (state !== 'receiving') return;
    const verdict = await judge(context.crypto, edition, digests);
    if (verdict?.reason === 'bad-digest' && ((await checkAll()) > 0 || state !== 'receiving')) return;
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
    await workshop.release(order);
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
    take,
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
