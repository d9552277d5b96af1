import type { Editions } from '../editions/editions.js';
import { isUnfinished, type Reception } from '../objects/reception.js';
import { partKeyOf } from './part-key.js';

/** What objects are judged by when room is short. */
export interface UsefulnessParts {
  readonly editions: Editions;
  /** Publishers that are trusted: each has a share of the room that the others cannot take from it. */
  readonly publishers: number;
  /** Datagrams received so far. */
  now(): number;
}

/** Room that objects take. */
export interface Room {
  readonly limit: number;
  /** What an object takes of it. */
  of(reception: Reception): number;
}

/** Which objects make room for others. */
export interface Usefulness {
  /** True for an index of a newest edition and the parts that it lists. */
  isUseful(reception: Reception): boolean;
  /** The object that makes room for more of another one. */
  findVictim(candidates: Iterable<Reception>, than: Reception, room: Room): Reception | undefined;
  /**
   * The same for a datagram whose signature is good: the object that it is of counts as proven. What is proven already stays for
   * it as well, unless it is of an edition that the publisher has signed a newer one of.
   */
  findVictimOfChecked(candidates: Iterable<Reception>, than: Reception, room: Room): Reception | undefined;
  /**
   * The object that makes room for a new one. One that is useful is given the benefit of the doubt, since none of its symbols
   * can have been checked yet; but what is on its way to something useful stays: a table may be a replay.
   */
  findVictimOfNew(candidates: Iterable<Reception>, added: Reception, room: Room): Reception | undefined;
}

const PROMISING = 3;
const USEFUL = 4;
const FINISHED = 5;

/** An edition of which no new symbol came among so many datagrams may be a replay that has ended: it makes room. */
const STALE = 10_000;

/** Incomplete indices may have this part of the room: an index is short, and comes round often. */
export const INDEX_SHARE = 1 / 8;

export function createUsefulness({ editions, publishers, now }: UsefulnessParts): Usefulness {
  /**
   * What an object is worth; the lowest makes room first.
   *
   * | 0 | finished, and of no use: file, part that no newest edition lists |
   * | 1 | file |
   * | 2, 3 | part that no newest edition lists, index of an edition that is not the newest: unproven, proven |
   * | 4 | index of the newest edition that a publisher signed, unproven |
   * | 5 | finished: remembered so that it is not received again |
   * | 6, 7 | part that is listed: unproven, proven |
   * | 8 | index of the newest edition, proven |
   * | 9 | that index, complete: its datagrams stay in the store |
   *
   * Proven is what a symbol was checked of, while new ones come.
   */
  function rankOf(reception: Reception): number {
    const { info, listing, state } = reception;
    const isFinished = !isUnfinished(reception);
    if (info.kind === 'file') return isFinished ? 0 : 1;
    const proven = isProven(reception) ? 1 : 0;
    const isOfNoUse =
      info.edition === undefined ? listing === undefined : editions.isSuperseded(info.edition);
    if (isOfNoUse) return isFinished ? 0 : 2 + proven;
    if (info.kind === 'index' && state === 'verified') return 9;
    if (isFinished) return FINISHED;
    if (info.kind === 'part') return 6 + proven;
    return proven ? 8 : 4;
  }

  function isProven({ isProven, lastFed, listing }: Reception): boolean {
    return isProven && now() - Math.max(lastFed, listing?.edition.lastFed ?? 0) <= STALE;
  }

  const isUseful = (reception: Reception) => rankOf(reception) >= USEFUL;

  /** Compares what two objects are worth, in themselves; negative when `a` makes room before `b`. */
  function compareWorth(a: Reception, b: Reception): number {
    const byRank = rankOf(a) - rankOf(b);
    if (byRank !== 0) return byRank;
    if (isExpired(a) !== isExpired(b)) return isExpired(a) ? -1 : 1;
    const byExpiry = isExpired(a) ? a.expires - b.expires : 0;
    // what comes first in an index matters most
    return (b.listing?.place ?? 0) - (a.listing?.place ?? 0) || byExpiry;
  }

  /** The one that is worth least. */
  function leastOf(candidates: readonly Reception[]): Reception | undefined {
    if (candidates.length === 0) return undefined;
    const least = candidates.reduce((a, b) => (compareWorth(b, a) < 0 ? b : a));
    return leastOfAlike(candidates.filter((each) => compareWorth(each, least) === 0));
  }

  /** The same of what is worth alike, but for what is of no use: a new one has time to get a symbol. */
  function oldestOf(objects: readonly Reception[]): Reception | undefined {
    const older = objects.filter((each) => !isUseful(each));
    return leastOfAlike(older.length > 0 ? older : objects);
  }

  /**
   * Whether an object may make room for another, worth more or not: what is useful to one publisher stays for another's, and so
   * does what may become useful when an index comes.
   */
  function mayGo(shares: Shares, each: Reception, than: Reception): boolean {
    return publisherOf(each) === publisherOf(than) || rankOf(each) < PROMISING || shares.isOver(each);
  }

  function find(
    all: readonly Reception[],
    than: Reception,
    room: Room,
    isProtected: (each: Reception) => boolean,
  ): Reception | undefined {
    const ofPublishers = createShares(all, room, publisherOf, room.limit / publishers);
    const least = leastOf(
      all.filter(
        (each) => compareWorth(each, than) < 0 && mayGo(ofPublishers, each, than) && !isProtected(each),
      ),
    );
    if (least !== undefined && !isPromising(least) && !isOnItsWay(least)) return least;
    const ofOthers = findOfOthers(all, than, ofPublishers);
    if (ofOthers !== undefined || !isUseful(than)) return ofOthers;
    // what is only remembered takes the place of its like, and of nothing that is on its way
    if (!isUnfinished(than)) return leastOfAlike(all.filter((each) => isRemembered(each, than)));
    if (least !== undefined && isPromising(least)) return least;
    return findLayout(all, than) ?? least ?? findOfOtherBundles(all, than, room);
  }

  const isRemembered = (each: Reception, like: Reception) =>
    rankOf(each) === FINISHED && publisherOf(each) === publisherOf(like);
  const isPromising = (each: Reception) => rankOf(each) === PROMISING;
  const isOnItsWay = (each: Reception) => isUseful(each) && isUnfinished(each);

  /**
   * Of a part that is announced with several layouts the one that got nothing new for longest, but for the one that is ahead: of
   * the part that has most of them, or of the same part.
   */
  function findLayout(all: readonly Reception[], than: Reception): Reception | undefined {
    const layouts = new Map<string, Reception[]>();
    for (const each of all) {
      if (each.info.kind !== 'part' || !isOnItsWay(each)) continue;
      const known = layouts.get(partKeyOf(each));
      if (known === undefined) layouts.set(partKeyOf(each), [each]);
      else known.push(each);
    }
    const own = layouts.get(partKeyOf(than)) ?? [];
    const most = [...layouts.values()].reduce((a, b) => (b.length > a.length ? b : a), own);
    const among = most.length > own.length + 1 ? most : own;
    const ahead = among.filter(isProven).reduce<Reception | undefined>(furthest, undefined);
    return oldestOf(among.filter((each) => each !== ahead));
  }

  /** Of publishers who have more than their share, for one who has less. */
  function findOfOthers(all: readonly Reception[], than: Reception, shares: Shares): Reception | undefined {
    if (publisherOf(than) === undefined || !shares.isBelow(than)) return undefined;
    return leastOf(
      all.filter(
        (each) =>
          publisherOf(each) !== publisherOf(than) &&
          shares.isOver(each) &&
          (isUseful(than) || !isUseful(each)),
      ),
    );
  }

  /** The same among the bundles of a publisher. */
  function findOfOtherBundles(all: readonly Reception[], than: Reception, room: Room) {
    const own = all.filter((each) => publisherOf(each) === publisherOf(than) && isUseful(each));
    const bundles = new Set([...own, than].map(bundleOf));
    const held = own.reduce((sum, each) => sum + room.of(each), 0);
    const shares = createShares(own, room, bundleOf, held / bundles.size);
    if (!shares.isBelow(than)) return undefined;
    return leastOf(own.filter((each) => bundleOf(each) !== bundleOf(than) && shares.isOver(each)));
  }

  function isIncompleteIndex({ info, state }: Reception): boolean {
    return info.kind === 'index' && state === 'receiving';
  }

  return {
    isUseful,
    findVictim(candidates, than, room) {
      const all = [...candidates].filter((each) => each !== than);
      return find(all, than, room, () => false);
    },
    findVictimOfChecked(candidates, than, room) {
      const all = [...candidates].filter((each) => each !== than);
      if (isProven(than)) return find(all, than, room, () => false);
      const isOutdated = ({ listing }: Reception) =>
        listing !== undefined && editions.isSuperseded(listing.edition.edition);
      const proven = { ...than, isProven: true, lastFed: now() };
      return find(all, proven, room, (each) => isProven(each) && !isOutdated(each));
    },
    findVictimOfNew(candidates, added, room) {
      const all = [...candidates];
      const indices = all.filter(
        (each) => isIncompleteIndex(each) && publisherOf(each) === publisherOf(added),
      );
      if (isIncompleteIndex(added) && indices.length >= INDEX_SHARE * room.limit) return oldestOf(indices);
      const isProtected = (each: Reception) =>
        isProven(each) && isUnfinished(each) && rankOf(each) > FINISHED;
      const than = { ...added, isProven: isUseful(added), lastFed: now() };
      const found = find(all, than, room, isProtected);
      if (found !== undefined || !isUseful(added)) return found;
      return indices.length > INDEX_SHARE * room.limit ? oldestOf(indices) : undefined;
    },
  };
}

/** Who has how much of a room, of those who share it. */
interface Shares {
  /** True when whoever the object belongs to has more than his share even without it. */
  isOver(reception: Reception): boolean;
  /** True when he has less, and would not have more with the object. */
  isBelow(reception: Reception): boolean;
}

function createShares(
  all: readonly Reception[],
  room: Room,
  ownerOf: (reception: Reception) => string | undefined,
  share: number,
): Shares {
  const held = new Map<string | undefined, number>();
  const heldOf = (reception: Reception) => held.get(ownerOf(reception)) ?? 0;
  for (const each of all) held.set(ownerOf(each), heldOf(each) + room.of(each));
  return {
    isOver: (each) => heldOf(each) - room.of(each) >= share,
    isBelow: (each) => heldOf(each) + room.of(each) <= share,
  };
}

function receivedBytes({ received, info }: Reception): number {
  return received * info.symbolSize;
}

/**
 * But for the half of which most was received, the one that got nothing new for longest. So a replay of much displaces nothing
 * that comes now, and one of many displaces nothing of which much has come.
 */
function leastOfAlike(objects: readonly Reception[]): Reception | undefined {
  return [...objects]
    .sort((a, b) => receivedBytes(b) - receivedBytes(a) || compareFed(b, a))
    .slice(Math.floor(objects.length / 2))
    .reduce<Reception | undefined>(
      (least, each) => (least === undefined || compareFed(each, least) < 0 ? each : least),
      undefined,
    );
}

function compareFed(a: Reception, b: Reception): number {
  return a.lastFed - b.lastFed || a.lastHeard - b.lastHeard;
}

function furthest(a: Reception | undefined, b: Reception): Reception {
  return a !== undefined && a.received * b.info.sourceSymbols >= b.received * a.info.sourceSymbols ? a : b;
}

/** The bundle that an object is received for. */
function bundleOf({ info, listing }: Reception): string | undefined {
  return info.edition?.name ?? listing?.edition.edition.name;
}

function publisherOf({ info }: Reception): string | undefined {
  return info.session.publisher;
}

/** The table that announces the object expired (RFC 6726 section 3.3). */
function isExpired({ expires }: Reception): boolean {
  return expires < Date.now() / 1000;
}
