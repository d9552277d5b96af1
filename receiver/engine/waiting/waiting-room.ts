import type { Flow } from '../ports/flow.js';
import { waitingSize } from './waiting-journal.js';

/** What waits for one table. */
export interface Waiting {
  readonly flow: Flow;
  /** A trusted publisher has certified its session. */
  isCertified: boolean;
  datagrams: Uint8Array[];
  /** When each came into the store; `NOT_STORED` while it is in memory only. */
  days: number[];
  bytes: number;
  /** How many of them, from the first on, each asker has refused. */
  readonly refused: Map<string, number>;
  /** An earlier run left it, and nothing came since. */
  isOld: boolean;
  /** It has made others go: nothing of it is written to the store. */
  isUnwritten: boolean;
  /** Some of it had to go; what remains is a fair sample of what came since. */
  isSampled: boolean;
  /** Datagrams that came, as far as they are sampled. */
  offered: number;
}

export const NOT_STORED = -1;

/** Names an object that is waited for, of all sessions. */
export interface WaitingKey {
  readonly key: string;
  /** See `createSessionKeys`. */
  readonly session: string;
}

/** Objects that can be waited for. */
const MAX_KEYS = 4096;
/** What is of a session that no publisher has certified counts for so much less. */
const UNCERTIFIED = 4;

export interface WaitingRoomParts {
  /** Bytes held, with an allowance for each datagram. */
  readonly maxBytes: number;
  /** True for a session that a trusted publisher has certified. */
  isCertified(session: string): boolean;
  /** Called with what does not wait any more. */
  release(datagram: Uint8Array, day: number): void;
}

/**
 * The room for what waits, shared among the objects that are waited for. Nobody can tell a forgery from a genuine datagram
 * before the table comes, so that nobody can be kept out for another's sake: the object that has most gives way when bytes
 * are short, that with fewest datagrams when there are too many objects. Of an object that had to give way, a fair sample of all that
 * came is kept, so that what came first excludes nothing that comes later.
 */
export interface WaitingRoom {
  readonly entries: ReadonlyMap<string, Waiting>;
  /** What waits under the key, which is made when there is none; undefined when there is no room for one more. */
  open(key: WaitingKey, flow: Flow): Waiting | undefined;
  /**
   * Adds a datagram, which is not copied.
   *
   * @returns 'displaced' when another had to go for it
   */
  add(key: string, datagram: Uint8Array, day: number): 'added' | 'displaced' | 'refused';
  /** Takes out what does not wait any more. */
  remove(key: string, isGone: readonly boolean[]): void;
  forget(key: string): void;
  readonly bytes: number;
}

export function createWaitingRoom({ maxBytes, isCertified, release }: WaitingRoomParts): WaitingRoom {
  const entries = new Map<string, Waiting>();
  const random = createRandom();
  let bytes = 0;

  function forget(key: string): void {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    bytes -= entry.bytes;
    for (const [i, datagram] of entry.datagrams.entries()) release(datagram, entry.days[i]!);
    endSampling();
  }

  /** There is room again. */
  function endSampling(): void {
    for (const each of entries.values()) each.isSampled = false;
  }

  /** One that nothing came for in this run, or that has fewest datagrams: of several the first. */
  function leastFor(isAny: boolean): string | undefined {
    let least: string | undefined;
    let leastWeight = Number.POSITIVE_INFINITY;
    for (const [other, entry] of entries) {
      if (entry.isOld) return other;
      const weight = entry.datagrams.length * (entry.isCertified ? UNCERTIFIED : 1);
      if (weight >= leastWeight || (entry.isCertified && !isAny)) continue;
      least = other;
      leastWeight = weight;
    }
    return least;
  }

  function largest(): Waiting | undefined {
    let found: Waiting | undefined;
    let most = 0;
    for (const entry of entries.values()) {
      const weight = entry.bytes * (entry.isCertified ? 1 : UNCERTIFIED);
      if (weight <= most) continue;
      found = entry;
      most = weight;
    }
    return found;
  }

  function removeOne(entry: Waiting, index: number): void {
    const [datagram] = entry.datagrams.splice(index, 1);
    const [day] = entry.days.splice(index, 1);
    for (const [asker, count] of entry.refused) if (index < count) entry.refused.set(asker, count - 1);
    entry.bytes -= waitingSize(datagram!);
    bytes -= waitingSize(datagram!);
    release(datagram!, day!);
  }

  /** Whether a datagram belongs to the sample (reservoir sampling): the longer a flood lasts, the less it changes. */
  function isDrawn(entry: Waiting): boolean {
    if (!entry.isSampled) return true;
    entry.offered++;
    return random() * entry.offered < entry.datagrams.length;
  }

  function dropOne(entry: Waiting): void {
    if (!entry.isSampled) entry.offered = entry.datagrams.length;
    entry.isSampled = true;
    removeOne(entry, Math.floor(random() * entry.datagrams.length));
  }

  return {
    entries,
    open({ key, session }, flow) {
      const known = entries.get(key);
      if (known !== undefined) {
        known.isCertified ||= isCertified(session);
        return known;
      }
      let isUnwritten = false;
      const isOfCertified = isCertified(session);
      if (entries.size >= MAX_KEYS) {
        const least = leastFor(isOfCertified);
        if (least === undefined) return undefined;
        isUnwritten = !entries.get(least)!.isOld;
        forget(least);
      }
      const entry: Waiting = {
        flow,
        isCertified: isOfCertified,
        datagrams: [],
        days: [],
        bytes: 0,
        refused: new Map(),
        isOld: true,
        isUnwritten,
        isSampled: false,
        offered: 0,
      };
      entries.set(key, entry);
      return entry;
    },
    add(key, datagram, day) {
      const entry = entries.get(key)!;
      if (!isDrawn(entry)) {
        release(datagram, day);
        return 'refused';
      }
      const isSampled = entry.isSampled;
      if (isSampled && entry.datagrams.length > 0) dropOne(entry);
      entry.datagrams.push(datagram);
      entry.days.push(day);
      entry.bytes += waitingSize(datagram);
      bytes += waitingSize(datagram);
      const fits = bytes <= maxBytes;
      while (bytes > maxBytes) dropOne(largest()!);
      if (entry.datagrams.at(-1) !== datagram) return 'refused';
      return fits && !isSampled ? 'added' : 'displaced';
    },
    remove(key, isGone) {
      const entry = entries.get(key)!;
      const { datagrams, days, refused } = entry;
      for (const [asker, count] of refused) {
        refused.set(asker, isGone.slice(0, count).filter((gone) => !gone).length);
      }
      for (const [i, datagram] of datagrams.entries()) {
        if (!isGone[i]) continue;
        entry.bytes -= waitingSize(datagram);
        bytes -= waitingSize(datagram);
        release(datagram, days[i]!);
      }
      entry.datagrams = datagrams.filter((_, i) => !isGone[i]);
      entry.days = days.filter((_, i) => !isGone[i]);
      if (entry.datagrams.length === 0) entries.delete(key);
      endSampling();
    },
    forget,
    get bytes() {
      return bytes;
    },
  };
}

/** Numbers from 0 up to 1 (xorshift, Marsaglia 2003): nothing that anybody could predict from outside, and nothing secret. */
function createRandom(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
