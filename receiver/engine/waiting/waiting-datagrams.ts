import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import type { IncomingDatagram } from '../datagrams/received-datagram.js';
import type { WaitingJournal, WaitingRecord } from './waiting-journal.js';
import { createWaitingRoom, NOT_STORED, type Waiting, type WaitingKey } from './waiting-room.js';

/** Datagrams that came before the table that describes their object. */
export interface WaitingDatagrams {
  /**
   * Keeps a copy.
   *
   * @returns false when one had to go: this one or another
   */
  add(key: WaitingKey, datagram: IncomingDatagram): MaybePromise<boolean>;
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

/** Askers that are remembered to have refused what waits. */
const MAX_REFUSERS = 64;

export interface WaitingParts {
  /** Bytes held, with an allowance for each datagram. */
  readonly maxBytes: number;
  /** Where the datagrams outlive the receiver; without it they wait in memory alone. */
  readonly journal: WaitingJournal | undefined;
  /** Does something in its turn, after a while. */
  later(task: () => Promise<void>): void;
  /** True for a session that a trusted publisher has certified. */
  isCertified(session: string): boolean;
}

export function createWaitingDatagrams(parts: WaitingParts): WaitingDatagrams {
  const { maxBytes, journal, later } = parts;
  const room = createWaitingRoom({ maxBytes, isCertified: parts.isCertified, release });
  /** Keys whose datagrams still wait as far as the store knows. */
  const taken = new Set<string>();
  let isPlanned = false;

  function release(datagram: Uint8Array, day: number): void {
    if (day !== NOT_STORED) journal?.release(datagram);
  }

  function plan(): void {
    if (isPlanned || !(journal?.isUntidy() || taken.size > 0)) return;
    isPlanned = true;
    later(tidy);
  }

  /** What is in the store, or was. */
  function* records(): Generator<WaitingRecord> {
    for (const { datagrams, days, flow } of room.entries.values()) {
      for (const [i, datagram] of datagrams.entries()) {
        const day = days[i]!;
        if (day !== NOT_STORED) yield { datagram, flow, day };
      }
    }
  }

  async function tidy(): Promise<void> {
    isPlanned = false;
    const keys = [...taken].filter((key) => !room.entries.has(key));
    taken.clear();
    if (journal === undefined) return;
    if (!journal.isUntidy()) return keys.length > 0 ? journal.noteTaken(keys) : undefined;
    if (!(await journal.rewrite(records()))) await giveUp();
  }

  function giveUp(): Promise<boolean> {
    for (const { days } of room.entries.values()) days.fill(NOT_STORED);
    return journal?.giveUp() ?? Promise.resolve(false);
  }

  function store(entry: Waiting, datagram: Uint8Array): MaybePromise<void> {
    const { days, flow } = entry;
    const day = today();
    const index = days.length - 1;
    days[index] = day;
    return chain(journal!.append({ datagram, flow, day }), (isStored) => {
      if (!isStored) days[index] = NOT_STORED;
    });
  }

  return {
    add(name, { bytes, flow, stored }) {
      const { key } = name;
      const day = stored?.as === 'waiting' ? stored.day : NOT_STORED;
      const entry = room.open(name, flow);
      if (entry === undefined) return false;
      if (day === NOT_STORED) entry.isOld = false;
      const copy = bytes.slice();
      if (day !== NOT_STORED) journal?.retain(copy);
      const added = room.add(key, copy, day);
      // what pushes others out is not written: a flood would wear the store out
      const isWritten = added === 'added' && day === NOT_STORED && !entry.isUnwritten;
      const storing = journal !== undefined && isWritten ? store(entry, copy) : undefined;
      return chain(storing, () => {
        plan();
        return added === 'added' && !(entry.isUnwritten && entry.datagrams.length === 1);
      });
    },
    async take(key, asker, accept) {
      const entry = room.entries.get(key);
      if (entry === undefined) return;
      const { datagrams, days, refused } = entry;
      const seen = refused.get(asker) ?? 0;
      const isGone: boolean[] = [];
      for (const [i, datagram] of datagrams.entries()) isGone.push(i >= seen && (await accept(datagram)));
      if (days.some((day, i) => isGone[i] && day !== NOT_STORED)) taken.add(key);
      const isAnyGone = isGone.includes(true);
      if (isAnyGone) room.remove(key, isGone);
      refused.delete(asker);
      refused.set(asker, datagrams.length);
      if (refused.size > MAX_REFUSERS) refused.delete(refused.keys().next().value!);
      if (isAnyGone) plan();
    },
    forget: room.forget,
    tidy,
    giveUp,
    get bytes() {
      return room.bytes;
    },
  };
}

export function waitingKey(session: string, toi: number): WaitingKey {
  return { key: `${toi} ${session}`, session };
}

/** Days of the Unix time. */
export function today(): number {
  return Math.floor(Date.now() / 86_400_000);
}
