import { type AlcPacket, parseAlc } from '../../codecs/alc/index.js';
import { objectIdOf, type RootCache, verifyDatagram } from '../../codecs/auth/index.js';
import { equalBytes } from '../../codecs/bytes.js';
import { type Crypto, chain, type MaybePromise } from '../../codecs/crypto/index.js';
import { FecError, type FecSchemes, type PayloadId } from '../../codecs/fec/index.js';
import { verifySignature } from '../../codecs/minisign/index.js';
import { RaptorQError } from '../../codecs/raptorq/index.js';
import type { Announcement } from './announcement.js';
import {
  type BlockReception,
  createBlockReception,
  enoughSymbols,
  isReady,
  overdueSymbols,
  restart,
} from './block-reception.js';
import { breathe } from './breathe.js';
import type {
  Edition,
  Emit,
  ObjectContent,
  ObjectInfo,
  ReceiverCounters,
  Rejection,
  RejectionReason,
} from './events.js';
import type { CreateSink, ObjectSink } from './sink.js';
import type { DatagramStore } from './store.js';
import { addSymbols, symbolCount } from './symbols.js';

/** What the receptions of one receiver share. */
export interface ReceptionContext {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly store: DatagramStore;
  readonly createSink: CreateSink;
  /** True: every datagram is checked as it comes. */
  readonly eager: boolean;
  readonly checkedRoots: RootCache;
  readonly emit: Emit;
  readonly counters: ReceiverCounters;
  reject(rejection: Rejection): void;
  /** Uplink keys that may sign datagrams of this publisher's session. */
  keysOf(publisherId: string, tsi: number): readonly Uint8Array[];
  /** Asks for room in the store; false when there is none. */
  claim(bytes: number, by: Reception): MaybePromise<boolean>;
  /** Bytes that are not in the store any more. */
  unclaim(bytes: number): void;
  /** Called when an edition is verified, before the event. */
  onVerified(edition: Edition): Promise<void>;
}

/** How far a source block has come. */
export interface BlockStatus {
  readonly sbn: number;
  /** K. */
  readonly sourceSymbols: number;
  /** Different symbols held. */
  readonly received: number;
  readonly rebuilt: boolean;
}

export type ObjectState = 'receiving' | 'verified' | 'unsigned' | 'rejected' | 'dropped';

/** An object on its way. Its functions are called one after the other, never at the same time. */
export interface Reception {
  readonly info: ObjectInfo;
  readonly state: ObjectState;
  /** Set by the receiver: when the object was last heard of. */
  lastHeard: number;
  /** An object without bytes is complete at once. */
  begin(): Promise<void>;
  /** Takes a datagram of the object that has a payload ID. */
  take(datagram: Uint8Array, packet: AlcPacket): MaybePromise<void>;
  blocks(): BlockStatus[];
  /** Asks work that is going on to end soon; to be followed by `drop`. */
  cancel(): void;
  /** Ends the reception and gives everything back but a content that was handed out. */
  drop(): Promise<void>;
}

/** A datagram and the place of its symbols. */
interface Arrival {
  readonly datagram: Uint8Array;
  readonly packet: AlcPacket;
  readonly block: BlockReception;
  readonly esi: number;
  readonly count: number;
}

/** Progress is told this many times. */
const PROGRESS_STEPS = 200;
/** Failed decoders that keep their memory for the next symbol. */
const MAX_OPEN_DECODERS = 2;
/** Datagrams that are read back and checked at a time: some 30 ms of work. */
const CHECK_BATCH = 256;
/** Bytes that are hashed at a time. */
const HASH_BATCH = 1 << 24;

export function createReception(announcement: Announcement, context: ReceptionContext): Reception {
  const { info, scheme, parameters, edition } = announcement;
  const { counters, store } = context;
  const objectId = edition && objectIdOf(edition.sha256);
  const blocks = new Map<number, BlockReception>();
  const ready = new Set<BlockReception>();
  const openDecoders: BlockReception[] = [];
  let state: ObjectState = 'receiving';
  let eager = context.eager;
  let sink: ObjectSink | undefined;
  let rebuiltBlocks = 0;
  let storedBytes = 0;
  /** Symbols of use: no block counts more than its K. */
  let received = 0;
  let progressTold = 0;

  const useful = ({ index, source }: BlockReception) => Math.min(index.symbols, source.sourceSymbols);
  const reject = (reason: RejectionReason, detail: string) =>
    context.reject({ reason, detail, session: info.session });

  function locate(datagram: Uint8Array, packet: AlcPacket): Arrival | undefined {
    const { sbn, esi } = packet.payloadId as PayloadId;
    const source = announcement.blocks[sbn];
    if (source === undefined || packet.lct.codepoint !== scheme.encodingId) return undefined;
    const count = symbolCount(packet.payload, esi, parameters, source);
    if (count === undefined || esi + count - 1 > scheme.maxEsi(parameters, source)) return undefined;
    let block = blocks.get(sbn);
    if (block === undefined) {
      block = createBlockReception(source);
      blocks.set(sbn, block);
    }
    return { datagram, packet, block, esi, count };
  }

  /** Entries that hold a symbol of the arrival. */
  function rivals({ block, esi, count }: Arrival): Set<number> {
    const entries = new Set<number>();
    for (let each = esi; each < esi + count; each++) {
      const entry = block.index.find(each);
      if (entry !== undefined) entries.add(entry);
    }
    return entries;
  }

  function take(datagram: Uint8Array, packet: AlcPacket): MaybePromise<void> {
    if (state !== 'receiving') {
      counters.surplus++;
      return;
    }
    const arrival = locate(datagram, packet);
    if (arrival === undefined) {
      return reject('impossible-symbol', `The object with TOI ${info.toi} has no such symbol.`);
    }
    if (rivals(arrival).size > 0) return settle(arrival);
    const { block } = arrival;
    if (block.rebuilt && block.index.symbols >= enoughSymbols(block.source)) {
      counters.surplus++;
      return;
    }
    if (!eager || edition === undefined) return keep(arrival, false);
    return chain(isGenuine(datagram, packet), (genuine) =>
      genuine ? keep(arrival, true) : rejectForged(arrival),
    );
  }

  function rejectForged({ block, esi }: Arrival): void {
    reject('forged', `Symbol ${esi} of block ${block.source.sbn} is not signed by the session's uplink key.`);
  }

  function keep(arrival: Arrival, checked: boolean): MaybePromise<void> {
    const { datagram, block, esi, count } = arrival;
    return chain(context.claim(datagram.length, reception), (granted) => {
      if (!granted) return reject('too-many', 'There is no room for more datagrams.');
      // Another object may have made room by dropping this one.
      if (state !== 'receiving') return context.unclaim(datagram.length);
      storedBytes += datagram.length;
      return chain(store.append(info.id, datagram), (reference) => {
        const before = useful(block);
        block.index.add(reference, esi, count, checked);
        counters.kept++;
        received += useful(block) - before;
        tellProgress();
        if (!isReady(block)) return;
        ready.add(block);
        return advance();
      });
    });
  }

  function tellProgress(): void {
    const step = Math.floor((received * PROGRESS_STEPS) / Math.max(1, info.sourceSymbols));
    if (step === progressTold) return;
    progressTold = step;
    context.emit('progress', { object: info, received, rebuiltBlocks });
  }

  /** A datagram that holds a symbol which is there already: a duplicate, or one of the two is forged. */
  async function settle(arrival: Arrival): Promise<void> {
    const { datagram, packet, block, esi, count } = arrival;
    const entries = [...rivals(arrival)];
    const stored = await readBack(block, entries);
    if (stored.some((each) => equalBytes(each, datagram))) {
      counters.duplicates++;
      return;
    }
    if (edition === undefined) {
      const same = stored.some((each) => equalBytes(parseAlc(each, context.schemes).payload, packet.payload));
      if (same) counters.duplicates++;
      else reject('conflict', `Symbol ${esi} of block ${block.source.sbn} contradicts an earlier one.`);
      return;
    }
    const genuine = await isGenuine(datagram, packet);
    for (const [i, entry] of entries.entries()) {
      if (block.index.isChecked(entry)) continue;
      if (await isGenuine(stored[i]!)) block.index.setChecked(entry);
      else dropForgery(block, entry);
    }
    if (!genuine) rejectForged(arrival);
    else if (rivals(arrival).size === count) counters.duplicates++;
    else await keep(arrival, true);
    await advance();
  }

  async function readBack(block: BlockReception, entries: readonly number[]): Promise<Uint8Array[]> {
    const datagrams: Uint8Array[] = [];
    const references = entries.map((entry) => block.index.reference(entry)!);
    await store.read(info.id, references, (datagram) => datagrams.push(datagram.slice()));
    return datagrams;
  }

  async function isGenuine(datagram: Uint8Array, parsed?: AlcPacket): Promise<boolean> {
    const { authOffset, lct } = parsed ?? parseAlc(datagram, context.schemes);
    if (authOffset === undefined || lct.tsi === undefined) return false;
    for (const key of context.keysOf(edition!.publisher, lct.tsi)) {
      const { crypto, checkedRoots } = context;
      if (await verifyDatagram(crypto, key, lct.tsi, datagram, authOffset, objectId!, checkedRoots))
        return true;
    }
    return false;
  }

  /** Takes a stored datagram out; a block that it went into is decoded again. */
  function dropForgery(block: BlockReception, entry: number): void {
    const before = useful(block);
    block.index.remove(entry);
    received -= before - useful(block);
    const { sbn } = block.source;
    reject('forged', `A datagram of block ${sbn} was stored and then found to be forged.`);
    if (entry >= block.fed) return;
    if (block.rebuilt) rebuiltBlocks--;
    restart(block);
    if (isReady(block)) ready.add(block);
  }

  /** Checks every stored datagram that was not, and whatever comes from now on. Returns how many were forged. */
  async function checkAll(): Promise<number> {
    eager = true;
    let forged = 0;
    for (const block of blocks.values()) {
      const { index } = block;
      for (let first = 0; first < index.entries; first += CHECK_BATCH) {
        await breathe();
        if (state !== 'receiving') return forged;
        const end = Math.min(first + CHECK_BATCH, index.entries);
        const entries: number[] = [];
        for (let entry = first; entry < end; entry++) {
          if (index.reference(entry) !== undefined && !index.isChecked(entry)) entries.push(entry);
        }
        for (const [i, datagram] of (await readBack(block, entries)).entries()) {
          if (await isGenuine(datagram)) {
            index.setChecked(entries[i]!);
            continue;
          }
          dropForgery(block, entries[i]!);
          forged++;
        }
      }
    }
    return forged;
  }

  /** Decodes what can be decoded, and finishes the object when all blocks are there. */
  async function advance(): Promise<void> {
    while (state === 'receiving') {
      const [block] = ready;
      if (block !== undefined) {
        ready.delete(block);
        await decode(block);
      } else if (rebuiltBlocks < info.blocks || (await finish())) return;
    }
  }

  async function decode(block: BlockReception): Promise<void> {
    if (!isReady(block)) return;
    let data: Uint8Array | undefined;
    try {
      data = await feed(block);
    } catch (error) {
      // The decoder refuses what it cannot hold; whatever else fails is not the sender's doing.
      if (!(error instanceof FecError || error instanceof RaptorQError)) throw error;
      return rejectObject('bad-object', error.message);
    }
    if (data !== undefined) {
      sink ??= await context.createSink({ id: info.id, transferLength: info.transferLength });
      await sink.write(block.source.offset, data);
      rebuiltBlocks++;
      context.emit('block', { object: info, sbn: block.source.sbn });
    } else if (!eager && edition !== undefined && block.index.symbols >= overdueSymbols(block.source)) {
      await checkAll();
    }
  }

  /** Gives the decoder what came since the last try; the block's bytes when that was enough. */
  async function feed(block: BlockReception): Promise<Uint8Array | undefined> {
    if (block.decoder === undefined) {
      block.fed = 0;
      block.decoder = scheme.createBlockDecoder(parameters, block.source);
    }
    const { decoder, index } = block;
    const references: number[] = [];
    for (let entry = block.fed; entry < index.entries; entry++) {
      const reference = index.reference(entry);
      if (reference !== undefined) references.push(reference);
    }
    await store.read(info.id, references, (datagram) =>
      addSymbols(decoder, parseAlc(datagram, context.schemes), parameters.symbolSize),
    );
    block.fed = index.entries;
    if (!decoder.tryDecode()) {
      keepOpen(block);
      return undefined;
    }
    const data = decoder.data();
    decoder.free();
    block.decoder = undefined;
    block.rebuilt = true;
    return data;
  }

  /** A decoder that failed goes on with the next symbol; only a few may hold memory for that. */
  function keepOpen(block: BlockReception): void {
    if (!openDecoders.includes(block)) openDecoders.push(block);
    if (openDecoders.length <= MAX_OPEN_DECODERS) return;
    const oldest = openDecoders.shift()!;
    oldest.decoder?.free();
    oldest.decoder = undefined;
  }

  /** Judges the whole object. False when forgeries were found and the work goes on. */
  async function finish(): Promise<boolean> {
    const sha256 = context.crypto.createSha256();
    const blake2b512 = context.crypto.createBlake2b512();
    sink ??= await context.createSink({ id: info.id, transferLength: info.transferLength });
    if (edition === undefined) {
      await handOut('unsigned');
      return true;
    }
    let hashed = 0;
    for await (const chunk of sink.read()) {
      sha256.update(chunk);
      blake2b512.update(chunk);
      hashed += chunk.length;
      if (hashed < HASH_BATCH) continue;
      hashed = 0;
      await breathe();
    }
    if (state !== 'receiving') return true;
    if (!equalBytes(sha256.digest(), edition.sha256)) {
      if ((await checkAll()) > 0) return false;
      if (state !== 'receiving') return true;
      await rejectObject('bad-digest', 'Its SHA-256 is not the one that the table announces.');
      return true;
    }
    const { publisherKey, parsedSignature, publisher } = edition;
    const signed = { blake2b512: blake2b512.digest() };
    if (!(await verifySignature(context.crypto, publisherKey, parsedSignature, signed))) {
      await rejectObject('bad-publisher-signature', `Publisher key ${publisher} did not sign its content.`);
      return true;
    }
    await context.onVerified(edition);
    await handOut('verified');
    return true;
  }

  async function handOut(type: 'verified' | 'unsigned'): Promise<void> {
    state = type;
    const complete = sink!;
    sink = undefined;
    await giveBack();
    const content: ObjectContent = {
      read: () => complete.read(),
      release: async () => complete.discard(),
    };
    context.emit(type, { object: info, content });
  }

  async function rejectObject(reason: RejectionReason, why: string): Promise<void> {
    state = 'rejected';
    await giveBack();
    const detail = `The object with TOI ${info.toi} is refused: ${why}`;
    context.reject({ reason, detail, session: info.session, object: info });
  }

  async function giveBack(): Promise<void> {
    for (const block of blocks.values()) block.decoder?.free();
    context.unclaim(storedBytes);
    storedBytes = 0;
    await store.drop(info.id);
    await sink?.discard();
    sink = undefined;
    blocks.clear();
    ready.clear();
    openDecoders.length = 0;
  }

  function status(): BlockStatus[] {
    const isComplete = state === 'verified' || state === 'unsigned';
    return announcement.blocks.map(({ sbn, sourceSymbols }) => {
      if (isComplete) return { sbn, sourceSymbols, received: sourceSymbols, rebuilt: true };
      const block = blocks.get(sbn);
      return { sbn, sourceSymbols, received: block?.index.symbols ?? 0, rebuilt: block?.rebuilt ?? false };
    });
  }

  const reception: Reception = {
    info,
    get state() {
      return state;
    },
    lastHeard: 0,
    begin: advance,
    take,
    blocks: status,
    cancel() {
      if (state === 'receiving') state = 'dropped';
    },
    async drop() {
      reception.cancel();
      await giveBack();
    },
  };
  return reception;
}
