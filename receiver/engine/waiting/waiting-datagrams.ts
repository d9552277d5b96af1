import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { IncomingDatagram } from '../datagrams/received-datagram.js';
import { type WaitingJournal, type WaitingRecord, waitingSize } from './waiting-journal.js';

/** Datagrams that came before the table that describes their object. */
export interface WaitingDatagrams {
  /** Keeps a copy; false when one had to go: this one, or the latest of whatever object has most. */
  add(key: string, datagram: IncomingDatagram): MaybePromise<boolean>;
  /**
   * Hands out what waits under the key, one after the other; what is refused waits on.
   *
   * @param asker is not offered again what it has refused
   */
  take(key: string, asker: string, accept: (datagram: Uint8Array) => MaybePromise<boolean>): Promise<void>;
  /** What waited under the key was handed out in an earlier run. */
  forget(key: string): void;
  /** Takes out of the store what does not wait any more, where that is worth it. All of it must be with its object. */
  tidy(): Promise<void>;
  /** Takes everything out of the store, so that there is room; false when there was nothing. It waits in memory only. */
  giveUp(): Promise<boolean>;
  /** Bytes held, with an allowance for each datagram. */
  readonly bytes: number;
}

/** What waits for one table. */
interface Waiting {
  readonly destination: string | undefined;
  readonly datagrams: Uint8Array[];
  /** When each came into the store; `NOT_STORED` while it is in memory only. */
  readonly days: number[];
  bytes: number;
  /** How many of them, from the first on, each asker has refused. */
  refused: Map<string, number>;
  /** An earlier run left it, and nothing came since. */
  isOld: boolean;
  /** It had to make room. If it took what becomes free again, a flood would be written to the store without end. */
  isClosed: boolean;
}

/** Objects that can be waited for. */
const MAX_KEYS = 1024;
const NOT_STORED = -1;
/** Askers that are remembered to have refused what waits. */
const MAX_REFUSERS = 64;

/**
 * @param journal where the datagrams outlive the receiver; without it they wait in memory alone
 * @param later does something in its turn, after a while
 */
export function createWaitingDatagrams(
  maxBytes: number,
  journal: WaitingJournal | undefined,
  later: (task: () => Promise<void>) => void,
): WaitingDatagrams {
  const waiting = new Map<string, Waiting>();
  let bytes = 0;
  /** Keys whose datagrams still wait as far as the store knows. */
  const taken = new Set<string>();
  let isPlanned = false;

  /** A flood under one key costs that key its datagrams and no other. */
  function dropFromLargest(): void {
    let largest: Waiting | undefined;
    for (const entry of waiting.values()) if (entry.bytes > (largest?.bytes ?? 0)) largest = entry;
    if (largest === undefined) return;
    const dropped = largest.datagrams.pop()!;
    for (const [asker, count] of largest.refused) {
      largest.refused.set(asker, Math.min(count, largest.datagrams.length));
    }
    if (largest.days.pop() !== NOT_STORED) journal?.release(dropped);
    largest.isClosed = journal !== undefined;
    largest.bytes -= waitingSize(dropped);
    bytes -= waitingSize(dropped);
  }

  /** One that nothing came for in this run makes room for another. */
  function dropOld(): boolean {
    for (const [key, { isOld }] of waiting) {
      if (!isOld) continue;
      remove(key);
      return true;
    }
    return false;
  }

  function plan(): void {
    if (isPlanned || !(journal?.isUntidy(bytes) || taken.size > 0)) return;
    isPlanned = true;
    later(tidy);
  }

  const dayOf = (stored: number, now: number) => (stored === NOT_STORED ? now : stored);

  function* records(now: number): Generator<WaitingRecord> {
    for (const { datagrams, days, destination } of waiting.values()) {
      for (const [i, datagram] of datagrams.entries()) {
        yield { datagram, destination, day: dayOf(days[i]!, now) };
      }
    }
  }

  async function tidy(): Promise<void> {
    isPlanned = false;
    const keys = [...taken].filter((key) => !waiting.has(key));
    taken.clear();
    if (journal === undefined) return;
    if (!journal.isUntidy(bytes)) return keys.length > 0 ? journal.noteTaken(keys) : undefined;
    const day = today();
    const isWhole = await journal.rewrite(records(day), bytes);
    for (const { days } of waiting.values()) for (const i of days.keys()) days[i] = dayOf(days[i]!, day);
    if (!isWhole) await giveUp();
  }

  function remove(key: string): Waiting | undefined {
    const entry = waiting.get(key);
    if (entry === undefined) return undefined;
    waiting.delete(key);
    bytes -= entry.bytes;
    for (const other of waiting.values()) other.isClosed = false;
    for (const [i, datagram] of entry.datagrams.entries()) {
      if (entry.days[i] !== NOT_STORED) journal?.release(datagram);
    }
    return entry;
  }

  function putBack(key: string, entry: Waiting): void {
    waiting.set(key, entry);
    bytes += entry.bytes;
    for (const [i, datagram] of entry.datagrams.entries()) {
      if (entry.days[i] !== NOT_STORED) journal?.retain(datagram);
    }
  }

  function giveUp(): Promise<boolean> {
    for (const { days } of waiting.values()) days.fill(NOT_STORED);
    return journal?.giveUp() ?? Promise.resolve(false);
  }

  function store(entry: Waiting, datagram: Uint8Array): MaybePromise<void> {
    const { days, destination } = entry;
    const day = today();
    const index = days.length - 1;
    days[index] = day;
    return chain(journal!.append({ datagram, destination, day }), (isStored) => {
      if (!isStored) days[index] = NOT_STORED;
    });
  }

  return {
    add(key, { bytes: datagram, destination, stored }) {
      const storedOn = stored?.as === 'waiting' ? stored.day : NOT_STORED;
      let entry = waiting.get(key);
      if (entry === undefined) {
        if (waiting.size >= MAX_KEYS && !dropOld()) return false;
        entry = {
          destination,
          datagrams: [],
          days: [],
          bytes: 0,
          refused: new Map(),
          isOld: true,
          isClosed: false,
        };
        waiting.set(key, entry);
      }
      if (storedOn === NOT_STORED) entry.isOld = false;
      if (entry.isClosed) return false;
      const copy = datagram.slice();
      entry.datagrams.push(copy);
      entry.days.push(storedOn);
      if (storedOn !== NOT_STORED) journal?.retain(copy);
      entry.bytes += waitingSize(copy);
      bytes += waitingSize(copy);
      const fits = bytes <= maxBytes;
      while (bytes > maxBytes) dropFromLargest();
      const isNew = storedOn === NOT_STORED && entry.datagrams.at(-1) === copy;
      const storing = journal !== undefined && isNew ? store(entry, copy) : undefined;
      return chain(storing, () => {
        plan();
        return fits;
      });
    },
    async take(key, asker, accept) {
      const entry = waiting.get(key);
      if (entry === undefined) return;
      const { datagrams, days, refused } = entry;
      const isLeft: boolean[] = [];
      for (const [i, datagram] of datagrams.entries()) {
        isLeft.push(i < (refused.get(asker) ?? 0) || !(await accept(datagram)));
      }
      const leftOf = <T>(values: readonly T[]) => values.filter((_, i) => isLeft[i]);
      const left = { ...entry, datagrams: leftOf(datagrams), days: leftOf(days), isClosed: false };
      const counts = [...refused].map(
        ([other, count]) => [other, leftOf(datagrams.slice(0, count)).length] as const,
      );
      left.refused = new Map([...counts, [asker, left.datagrams.length] as const].slice(-MAX_REFUSERS));
      left.bytes = left.datagrams.reduce((sum, each) => sum + waitingSize(each), 0);
      if (left.datagrams.length === datagrams.length) {
        entry.refused = left.refused;
        return;
      }
      remove(key);
      if (left.datagrams.length > 0) putBack(key, left);
      if (days.some((day) => day !== NOT_STORED)) taken.add(key);
      plan();
    },
    forget: remove,
    tidy,
    giveUp,
    get bytes() {
      return bytes;
    },
  };
}

/** Names the objects of all sessions. */
export function waitingKey(session: string, toi: number): string {
  return `${toi} ${session}`;
}

/** Days of the Unix time. */
export function today(): number {
  return Math.floor(Date.now() / 86_400_000);
}
