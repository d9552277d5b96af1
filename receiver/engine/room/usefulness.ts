import type { Editions } from '../editions/editions.js';
import { isUnfinished, type Reception } from '../objects/reception.js';

/**
 * What an object is worth when room is short; the lowest makes room first.
 *
 * | 0 | file, handed out |
 * | 1 | file |
 * | 2, 3 | part that no newest edition lists, index of an edition that is not the newest: without, with a symbol that was checked |
 * | 4 | index of the newest edition that a publisher signed, without such a symbol |
 * | 5 | finished: remembered so that it is not received again |
 * | 6, 7 | part that is listed: without, with such a symbol |
 * | 8 | index of the newest edition, with such a symbol |
 * | 9 | that index, complete: its datagrams stay in the store |
 */
function rankOf(reception: Reception, editions: Editions): number {
  const { info, listing, isProven, state } = reception;
  if (info.kind === 'file') return isUnfinished(reception) ? 1 : 0;
  const proven = isProven ? 1 : 0;
  const isOfNoUse = info.edition === undefined ? listing === undefined : editions.isSuperseded(info.edition);
  if (isOfNoUse) return 2 + proven;
  if (info.kind === 'index' && state === 'verified') return 9;
  if (!isUnfinished(reception)) return FINISHED;
  if (info.kind === 'part') return 6 + proven;
  return isProven ? 8 : 4;
}

const USEFUL = 4;
const FINISHED = 5;

/** True for an index of a newest edition and the parts that it lists. */
export function isUseful(reception: Reception, editions: Editions): boolean {
  return rankOf(reception, editions) >= USEFUL;
}

/** Compares what two objects are worth, in themselves; negative when `a` makes room before `b`. */
function compareWorth(a: Reception, b: Reception, editions: Editions): number {
  const byRank = rankOf(a, editions) - rankOf(b, editions);
  if (byRank !== 0) return byRank;
  if (isExpired(a) !== isExpired(b)) return isExpired(a) ? -1 : 1;
  const byExpiry = isExpired(a) ? a.expires - b.expires : 0;
  // what comes first in an index matters most
  return (b.listing?.place ?? 0) - (a.listing?.place ?? 0) || byExpiry;
}

/** The table that announces the object expired (RFC 6726 section 3.3). */
function isExpired({ expires }: Reception): boolean {
  return expires < Date.now() / 1000;
}

/** The object that is worth least, and less than `than`: of two alike the one that was not heard of for longest. */
export function findVictim(
  candidates: Iterable<Reception>,
  than: Reception,
  editions: Editions,
): Reception | undefined {
  let least: Reception | undefined;
  for (const each of candidates) {
    if (each === than || compareWorth(each, than, editions) >= 0) continue;
    const order =
      least === undefined ? -1 : compareWorth(each, least, editions) || each.lastHeard - least.lastHeard;
    if (order < 0) least = each;
  }
  return least;
}

/**
 * The object that makes room for a new one. One that is useful is given the benefit of the doubt, since none of its symbols can
 * have been checked yet; but what is on its way to something useful stays: a table may be a replay.
 */
export function findVictimOfNew(
  candidates: Iterable<Reception>,
  added: Reception,
  editions: Editions,
): Reception | undefined {
  const replaceable = [...candidates].filter(
    (each) => !(each.isProven && isUnfinished(each) && rankOf(each, editions) > FINISHED),
  );
  const isProven = isUseful(added, editions);
  return findVictim(replaceable, { ...added, isProven }, editions);
}
