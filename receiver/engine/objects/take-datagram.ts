import { parseAlc } from '../../../codecs/alc/index.js';
import { equalBytes } from '../../../codecs/bytes.js';
import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import { type Arrival, locate, rivals, someSymbol } from '../blocks/arrival.js';
import type { ReceivedDatagram } from '../datagrams/received-datagram.js';
import { advance } from './advance.js';
import { readEntries } from './check-stored.js';
import { addCheck, checkable, isGenuine } from './checks.js';
import {
  dropForgery,
  keepSymbols,
  markIfReady,
  newSymbols,
  refuseDatagram,
  rejectDatagram,
} from './keep-symbols.js';
import { isAmple, isReceiving, isSurplus, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Bytes of datagrams that wait for their check, over all objects. */
const MAX_CHECKING = 2 ** 21;

/**
 * Takes a datagram of the object, and does for the object what is due by it.
 *
 * @param isChecked its signature is good
 */
export function takeDatagram(
  context: ReceptionContext,
  reception: Reception,
  datagram: ReceivedDatagram,
  isChecked = false,
): MaybePromise<void> {
  const taken = takeSymbols(context, reception, datagram, isChecked);
  if (taken === undefined) return advance(context, reception, 'due');
  return taken.then(() => advance(context, reception, 'due'));
}

function takeSymbols(
  context: ReceptionContext,
  reception: Reception,
  datagram: ReceivedDatagram,
  isChecked: boolean,
): MaybePromise<void> {
  const { counters } = context;
  const { announcement, info, blocks, checks } = reception;
  if (!isReceiving(reception)) {
    counters.surplus++;
    return;
  }
  const arrival = locate(announcement, blocks, datagram);
  if (arrival === undefined) {
    const detail = `The object with TOI ${info.toi} has no such symbol.`;
    rejectDatagram(context, reception, { reason: 'impossible-symbol', detail });
    // it may be one of the same object with another layout
    return checks === undefined || isChecked ? undefined : context.handOn(datagram, reception);
  }
  const { block } = arrival;
  const { sbn } = block.source;
  if (blocks.has(sbn)) return takeArrival(context, reception, arrival, isChecked);
  return chain(context.claimBlock(reception), (isRoom) => {
    if (!isRoom) {
      const detail = `There is no room for more blocks of the object with TOI ${info.toi}: maxBlocks is reached.`;
      return rejectDatagram(context, reception, { reason: 'too-many', detail });
    }
    // another object may have made room by dropping this one
    if (!isReceiving(reception)) return;
    blocks.set(sbn, block);
    return takeArrival(context, reception, arrival, isChecked);
  });
}

function takeArrival(
  context: ReceptionContext,
  reception: Reception,
  arrival: Arrival,
  isChecked: boolean,
): MaybePromise<void> {
  const { counters } = context;
  const { checks } = reception;
  const { datagram, block } = arrival;
  const { index, unchecked } = block;
  if (unchecked.size > 0 && someSymbol(arrival, (esi) => unchecked.has(esi))) {
    return takeAfterChecks(context, reception, datagram, isChecked);
  }
  if (someSymbol(arrival, (esi) => index.find(esi) !== undefined))
    return contest(context, reception, arrival);
  if (isSurplus(reception, block)) {
    counters.surplus++;
    return;
  }
  if (isChecked || checks === undefined)
    return keepSymbols(context, reception, newSymbols(arrival, isChecked));
  const isChannel = datagram.stored?.as !== 'symbols';
  if (reception.checkedOnly || isAmple(reception, block) || (isChannel && context.checksNew()))
    return checkLater(context, reception, arrival);
  if (reception.isProven || datagram.stored !== undefined) {
    return keepSymbols(context, reception, newSymbols(arrival, false));
  }
  // that anything at all is sent of an object shows by its first datagram
  return chain(isGenuine(context, checks, datagram), (isGood) =>
    isGood
      ? keepSymbols(context, reception, newSymbols(arrival, true))
      : refuseDatagram(context, reception, arrival, datagram),
  );
}

/** The same symbol is being checked: what comes of that decides on this one. */
async function takeAfterChecks(
  context: ReceptionContext,
  reception: Reception,
  datagram: ReceivedDatagram,
  isChecked: boolean,
): Promise<void> {
  await advance(context, reception, 'checks');
  await takeSymbols(context, reception, datagram, isChecked);
}

function checkLater(context: ReceptionContext, reception: Reception, arrival: Arrival): MaybePromise<void> {
  const { datagram, block, esi, count } = arrival;
  const { session, toi, flow, stored } = datagram;
  addCheck(context, reception, {
    subject: { block, esi, count, session, toi, flow, stored },
    datagram,
  });
  planChecks(context, reception);
  const { bytes, receptions } = context.checking;
  if (bytes > MAX_CHECKING) return advance(context, receptions.values().next().value!, 'checks');
}

function planChecks(context: ReceptionContext, reception: Reception): void {
  const checks = reception.checks!;
  if (checks.isPlanned) return;
  checks.isPlanned = true;
  context.later(async () => {
    checks.isPlanned = false;
    await advance(context, reception, 'checks');
  });
}

/** A datagram that holds a symbol which is there already: a duplicate, or one of the two is forged. */
function contest(context: ReceptionContext, reception: Reception, arrival: Arrival): MaybePromise<void> {
  const { bytes } = arrival.datagram;
  const references = rivals(arrival).map((entry) => arrival.block.index.reference(entry)!);
  let isDuplicate = false;
  const read = context.store.read(reception.info.id, references, (stored) => {
    isDuplicate ||= equalBytes(stored, bytes);
  });
  return chain(read, () => {
    if (!isDuplicate) return settle(context, reception, arrival);
    context.counters.duplicates++;
  });
}

/** Finds out which of several datagrams with the same symbol are genuine. */
async function settle(context: ReceptionContext, reception: Reception, arrival: Arrival): Promise<void> {
  const { datagram, block } = arrival;
  const entries = rivals(arrival);
  const stored = await readEntries(context, reception, { block, entries });
  if (reception.checks === undefined) return contestUnsigned(context, reception, { arrival, stored });
  const genuine = await isGenuine(context, reception.checks, datagram);
  for (const [i, entry] of entries.entries()) {
    if (block.index.isChecked(entry)) continue;
    if (await isGenuine(context, reception.checks, checkable(context, stored[i]!)))
      block.index.setChecked(entry);
    else dropForgery(context, reception, { block, entry });
  }
  if (!genuine) await refuseDatagram(context, reception, arrival, datagram);
  else if (rivals(arrival).length === arrival.count) context.counters.duplicates++;
  else await keepSymbols(context, reception, newSymbols(arrival, true));
  markIfReady(reception, block);
}

/** Nobody can tell which of two is genuine: the first stays. */
function contestUnsigned(
  context: ReceptionContext,
  reception: Reception,
  { arrival, stored }: { readonly arrival: Arrival; readonly stored: readonly Uint8Array[] },
): void {
  const { datagram, block, esi } = arrival;
  const { payload } = datagram.packet;
  if (stored.some((each) => equalBytes(parseAlc(each, context.schemes).payload, payload))) {
    context.counters.duplicates++;
    return;
  }
  const detail = `Symbol ${esi} of block ${block.source.sbn} contradicts an earlier one.`;
  rejectDatagram(context, reception, { reason: 'conflict', detail });
}
