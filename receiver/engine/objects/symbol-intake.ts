import { type AlcPacket, parseAlc } from '../../../codecs/alc/index.js';
import { equalBytes } from '../../../codecs/bytes.js';
import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { RejectionReason } from '../ports/events.js';
import type { Announcement } from './announcement.js';
import { type Arrival, locate, rivals, someSymbol } from './arrival.js';
import { type BlockReception, enoughSymbols, isReady, removeForgery } from './block-reception.js';
import { checkStored } from './check-stored.js';
import type { Checks } from './checks.js';
import type { Rebuilding } from './rebuilding.js';
import type { ReceptionContext } from './reception-context.js';

/** Takes the symbols of one object in. */
export interface SymbolIntake {
  /** See `Reception`. */
  take(datagram: Uint8Array, packet: AlcPacket, reference?: number): MaybePromise<void>;
  /** True when datagrams are checked before they are of use. */
  readonly checkedOnly: boolean;
  /**
   * Checks every stored datagram of a signed object that was not, and whatever comes from now on.
   *
   * @returns how many were forged
   */
  checkAll(): Promise<number>;
}

export interface SymbolIntakeParts {
  readonly blocks: Map<number, BlockReception>;
  /** Of a signed object. */
  readonly checks: Checks | undefined;
  readonly rebuilding: Rebuilding;
  isReceiving(): boolean;
  reject(reason: RejectionReason, detail: string): void;
  /** Puts a datagram into the store; undefined when that cannot be. */
  append(datagram: Uint8Array, group: number): MaybePromise<number | undefined>;
}

/** Progress is told this many times. */
const PROGRESS_STEPS = 200;

export function createSymbolIntake(
  announcement: Announcement,
  context: ReceptionContext,
  { blocks, checks, rebuilding, isReceiving, reject, append }: SymbolIntakeParts,
): SymbolIntake {
  const { info } = announcement;
  const { counters, store } = context;
  let checkedOnly = context.eager && checks !== undefined;
  /** Symbols of use: no block counts more than its K. */
  let received = 0;
  let progressTold = 0;

  const useful = ({ index, source }: BlockReception) => Math.min(index.symbols, source.sourceSymbols);

  function take(datagram: Uint8Array, packet: AlcPacket, reference?: number): MaybePromise<void> {
    if (!isReceiving()) {
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
    return checkedOnly ? keepIfGenuine(arrival) : keep(arrival, false);
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
      if (isReceiving() && !isSurplus(block)) return keep({ ...arrival, datagram }, true);
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
      return isReady(block, checkedOnly, false) ? rebuilding.consider(block) : undefined;
    });
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

  async function checkAll(): Promise<number> {
    checkedOnly = true;
    let forged = 0;
    await checkStored(context, info.id, blocks.values(), checks!, isReceiving, (block, entry, genuine) => {
      if (genuine) return block.index.setChecked(entry);
      dropForgery(block, entry);
      forged++;
    });
    for (const block of blocks.values()) await rebuilding.consider(block);
    return forged;
  }

  return {
    take,
    get checkedOnly() {
      return checkedOnly;
    },
    checkAll,
  };
}
