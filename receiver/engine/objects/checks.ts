import { type AlcPacket, parseAlc } from '../../../codecs/alc/index.js';
import { verifyDatagram } from '../../../codecs/auth/index.js';
import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Placement } from '../blocks/arrival.js';
import { addToBatch, batchMember, createSignedBatch } from '../processing/signed-batch.js';
import type { Signer } from './announcement.js';
import { type CheckQueue, type CheckSubject, hasResult } from './check-queue.js';
import { dropForgery, keepSymbols, refuseDatagram } from './keep-symbols.js';
import { isReceiving, isSurplus, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** A datagram as far as the check of its signature needs it. */
export interface Checkable {
  readonly bytes: Uint8Array;
  readonly packet: AlcPacket;
}

/** Has a datagram checked together with others: sent on with `sendBatch` or by itself, and used with `useNextResult`. */
export function addCheck(
  context: ReceptionContext,
  reception: Reception,
  { subject, datagram }: { readonly subject: CheckSubject; readonly datagram: Checkable },
): void {
  const checks = reception.checks!;
  const { bytes, packet } = datagram;
  const { authOffset, lct } = packet;
  if (authOffset === undefined || lct.tsi === undefined) {
    if ('entry' in subject) dropForgery(context, reception, subject);
    return;
  }
  if (!('entry' in subject)) markUnchecked(subject);
  if (!addToBatch(checks.batch, bytes, authOffset, lct.tsi)) {
    sendBatch(context, checks);
    addToBatch(checks.batch, bytes, authOffset, lct.tsi);
  }
  checks.subjects.push(subject);
  checks.bytes += bytes.length;
  context.checking.bytes += bytes.length;
  context.checking.receptions.add(reception);
}

/** Symbols of the same number wait until this one was checked. */
function markUnchecked({ block, esi, count }: Placement): void {
  for (let each = esi; each < esi + count; each++) block.unchecked.add(each);
}

/** Begins with the check of the batch. */
export function sendBatch({ keysOf, processor }: ReceptionContext, checks: CheckQueue): void {
  const { batch, subjects, publisher, objectId } = checks;
  checks.batch = createSignedBatch();
  checks.subjects = [];
  const keys = new Map(batch.tsis.map((tsi) => [tsi, keysOf(publisher, tsi)]));
  checks.jobs.add(subjects, processor.verify(batch, keys, objectId));
}

/** Waits for the batch that was sent first; all results of the one before are used. */
export function nextResults(checks: CheckQueue): MaybePromise<void> {
  return chain(checks.jobs.next(), ({ subject: subjects, result }) => {
    checks.results = { ...result, subjects, next: 0 };
  });
}

/** Uses what was found of one datagram. */
export function useNextResult(context: ReceptionContext, reception: Reception): MaybePromise<void> {
  const results = reception.checks!.results!;
  const index = results.next++;
  const subject = results.subjects[index]!;
  const bytes = batchMember(results.batch, index);
  giveUpChecks(context, reception, bytes.length);
  if (!results.genuine[index]) return refuse(context, reception, subject, bytes);
  if ('entry' in subject) return subject.block.index.setChecked(subject.entry);
  forgetUnchecked(subject);
  if (!isReceiving(reception) || isSurplus(reception, subject.block)) {
    context.counters.surplus++;
    return;
  }
  const { block, esi, count, stored } = subject;
  return keepSymbols(context, reception, { block, esi, count, bytes, stored, checked: true });
}

/** Bytes that do not wait for a check any more. */
export function giveUpChecks({ checking }: ReceptionContext, reception: Reception, bytes: number): void {
  const checks = reception.checks!;
  checks.bytes -= bytes;
  checking.bytes -= bytes;
  if (checks.bytes === 0) checking.receptions.delete(reception);
}

function refuse(
  context: ReceptionContext,
  reception: Reception,
  subject: CheckSubject,
  bytes: Uint8Array,
): MaybePromise<void> {
  if ('entry' in subject) return dropForgery(context, reception, subject);
  forgetUnchecked(subject);
  return refuseDatagram(context, reception, subject, { ...subject, bytes });
}

function forgetUnchecked({ block, esi, count }: Placement): void {
  for (let each = esi; each < esi + count; each++) block.unchecked.delete(each);
}

/** Checks whatever waits and uses it, without beginning with what it may be enough for. */
export async function finishChecks(context: ReceptionContext, reception: Reception): Promise<void> {
  const { checks } = reception;
  if (checks === undefined) return;
  if (checks.subjects.length > 0) sendBatch(context, checks);
  while (hasResult(checks) || checks.jobs.size > 0) await useOrWait(context, reception, checks);
}

/** Like `finishChecks`, as far as it is due. */
export async function useDueChecks(context: ReceptionContext, reception: Reception): Promise<void> {
  const checks = reception.checks!;
  while (hasResult(checks) || checks.jobs.isFull) await useOrWait(context, reception, checks);
}

function useOrWait(context: ReceptionContext, reception: Reception, checks: CheckQueue): MaybePromise<void> {
  return hasResult(checks) ? useNextResult(context, reception) : nextResults(checks);
}

/** True when an uplink key of the object's publisher signed the datagram; checked at once, by itself. */
export function isGenuine(
  context: ReceptionContext,
  { publisher, objectId }: Signer,
  { bytes, packet: { authOffset, lct } }: Checkable,
): MaybePromise<boolean> {
  const { crypto, checkedRoots } = context;
  const { tsi } = lct;
  if (authOffset === undefined || tsi === undefined) return false;
  const keys = context.keysOf(publisher, tsi);
  const checkFrom = (next: number): MaybePromise<boolean> =>
    next < keys.length &&
    chain(
      verifyDatagram(crypto, keys[next]!, tsi, bytes, authOffset, objectId, checkedRoots),
      (isGood) => isGood || checkFrom(next + 1),
    );
  return checkFrom(0);
}

/** A datagram that comes from the store. */
export function checkable({ schemes }: ReceptionContext, bytes: Uint8Array): Checkable {
  return { bytes, packet: parseAlc(bytes, schemes) };
}
