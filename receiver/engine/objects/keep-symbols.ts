import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Arrival, Placement } from '../blocks/arrival.js';
import { type BlockReception, isReady, removeForgery, usefulSymbols } from '../blocks/block-reception.js';
import type { StoredAs } from '../datagrams/received-datagram.js';
import type { RejectionReason } from '../ports/events.js';
import type { StoredEntry } from './check-queue.js';
import type { Reception } from './reception.js';
import type { ReceptionContext, WaitingDatagram } from './reception-context.js';
import { storeDatagram } from './stored-datagrams.js';

/** Progress is told this many times. */
const PROGRESS_STEPS = 200;

/** Symbols of a datagram, which nobody has found fault with. */
export interface NewSymbols extends Placement {
  /** Of the datagram. */
  readonly bytes: Uint8Array;
  readonly stored: StoredAs | undefined;
  /** The signature is good. */
  readonly checked: boolean;
}

export function newSymbols({ datagram, block, esi, count }: Arrival, checked: boolean): NewSymbols {
  const { bytes, stored } = datagram;
  return { block, esi, count, bytes, stored, checked };
}

/** Puts the symbols of a datagram into the store and the index. */
export function keepSymbols(
  context: ReceptionContext,
  reception: Reception,
  { block, esi, count, bytes, stored, checked }: NewSymbols,
): MaybePromise<void> {
  const reference =
    stored?.as === 'symbols'
      ? stored.reference
      : storeDatagram(context, reception, { bytes, group: block.source.sbn });
  return chain(reference, (kept) => {
    if (kept === undefined) return;
    const before = usefulSymbols(block);
    block.index.add(kept, esi, count, checked);
    if (checked || stored?.as === 'symbols') reception.isProven = true;
    context.counters.kept++;
    noteFed(context, reception);
    reception.received += usefulSymbols(block) - before;
    tellProgress(context, reception);
    markIfReady(reception, block);
  });
}

/** Something of use has come of the object, and of the edition that it is a part of. */
function noteFed({ counters }: ReceptionContext, reception: Reception): void {
  reception.lastFed = counters.datagrams;
  if (reception.listing !== undefined) reception.listing.edition.lastFed = counters.datagrams;
}

function tellProgress({ emit }: ReceptionContext, reception: Reception): void {
  const { info: object, received, rebuilt: rebuiltBlocks } = reception;
  const step = Math.floor((received * PROGRESS_STEPS) / Math.max(1, object.sourceSymbols));
  if (step === reception.progressTold) return;
  reception.progressTold = step;
  emit('progress', { object, received, rebuiltBlocks });
}

/** There may be enough of a block by now. */
export function markIfReady(reception: Reception, block: BlockReception): void {
  if (isReady(block, reception.checkedOnly, false)) reception.ready.add(block);
}

/** Takes a stored datagram out; a block that it went into is decoded again. */
export function dropForgery(
  context: ReceptionContext,
  reception: Reception,
  { block, entry }: StoredEntry,
): void {
  const before = usefulSymbols(block);
  if (removeForgery(block, entry)) reception.rebuilt--;
  reception.received -= before - usefulSymbols(block);
  reception.forgeries++;
  const { sbn } = block.source;
  const detail = `A datagram of block ${sbn} was stored and then found to be forged.`;
  rejectDatagram(context, reception, { reason: 'forged', detail });
}

/**
 * Counts a datagram that is not signed for the object. It may be signed for another one with this TOI, so that it waits for a
 * table.
 */
export function refuseDatagram(
  context: ReceptionContext,
  reception: Reception,
  { block, esi }: Placement,
  datagram: WaitingDatagram,
): MaybePromise<void> {
  const detail = `Symbol ${esi} of block ${block.source.sbn} is not signed by the session's uplink key.`;
  rejectDatagram(context, reception, { reason: 'forged', detail });
  if (datagram.stored?.as !== 'symbols') return context.handOn(datagram, reception);
}

export function rejectDatagram(
  context: ReceptionContext,
  { info }: Reception,
  why: { readonly reason: RejectionReason; readonly detail: string },
): void {
  context.reject({ ...why, session: info.session });
}
