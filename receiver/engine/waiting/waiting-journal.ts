import { utf8Encode } from '../../../codecs/bytes.js';
import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';
import { type Flow, formatFlow } from '../ports/flow.js';
import { type PersistentStore, TAKEN_GROUP, WAITING } from '../ports/store.js';

/** Bytes that a datagram takes besides its own, in memory or, at most, in a store. */
const OVERHEAD = 128;

/** What a datagram that waits counts. */
export function waitingSize(datagram: Uint8Array): number {
  return datagram.length + OVERHEAD;
}

/** What does not wait any more is let be up to this part of the limit: there is little to gain, and memory wears out. */
const NEGLIGIBLE = 1 / 16;

/** A datagram that waits, to be written. */
export interface WaitingRecord {
  readonly datagram: Uint8Array;
  readonly flow: Flow;
  readonly day: number;
}

/** Room in the store that nobody else needs. */
export interface SpareRoom {
  spare(): number;
  occupy(bytes: number): void;
  unclaim(bytes: number): void;
}

/**
 * The datagrams of all sessions that wait for a table, in the store. They are one object, which is only appended to: what
 * does not wait any more stays in it, until nothing else is there or it outweighs what waits. So a flood wears nothing
 * out, and takes one file.
 */
export interface WaitingJournal {
  /** False when there is no room, or when it has to be tidied up first. */
  append(record: WaitingRecord): MaybePromise<boolean>;
  /** A datagram that is there waits. */
  retain(datagram: Uint8Array): void;
  /** A datagram that is there does not wait any more. */
  release(datagram: Uint8Array): void;
  /** Notes under which names nothing waits any more, once all that was handed to objects is safe. */
  noteTaken(keys: Iterable<string>): Promise<void>;
  /** Counts what an earlier run left. */
  hold(object: string, datagram: Uint8Array): void;
  has(object: string): boolean;
  /** True when much of it does not wait any more, and what waits can be written anew. */
  isUntidy(): boolean;
  /**
   * Leaves nothing in the store but what waits, once all that was handed to objects is safe.
   *
   * @param all what waits in the store
   * @returns false when not all of it could be written, or nothing waits that was in the store: `giveUp` is to follow
   */
  rewrite(all: Iterable<WaitingRecord>): Promise<boolean>;
  /** Takes everything out of the store, once all that was handed to objects is safe; false when there was nothing. */
  giveUp(): Promise<boolean>;
}

/** @param maxBytes of what is there and does not wait any more; as much may wait */
export function createWaitingJournal(
  store: PersistentStore,
  room: SpareRoom,
  maxBytes: number,
): WaitingJournal {
  /** Objects of the store: one, unless an earlier run was killed while it wrote a new one. */
  const objects = new Set<string>();
  let current: string | undefined;
  let next = 0;
  let held = 0;
  let waiting = 0;
  /** While something is being taken out. */
  let givingUp: Promise<boolean> | undefined;
  let inWork = 0;

  const isFull = () => held - waiting > maxBytes;
  const isWorn = () => held - waiting > Math.max(waiting, maxBytes * NEGLIGIBLE);

  async function noteTaken(key: string): Promise<void> {
    const name = utf8Encode(key);
    const bytes = waitingSize(name);
    if (current === undefined || bytes > room.spare()) return;
    const object = current;
    room.occupy(bytes);
    held += bytes;
    const reference = await store.append(object, name, TAKEN_GROUP);
    if (reference !== undefined || !objects.has(object)) return;
    held -= bytes;
    room.unclaim(bytes);
  }

  function begin(): string {
    current = `${WAITING}${next++}`;
    objects.add(current);
    return current;
  }

  async function dropAll(dropped: readonly string[], bytes: number): Promise<void> {
    for (const object of dropped) await store.drop(object);
    room.unclaim(bytes);
  }

  async function giveBack(dropped: readonly string[], bytes: number): Promise<boolean> {
    inWork++;
    try {
      await store.sync();
      await dropAll(dropped, bytes);
      return true;
    } finally {
      if (--inWork === 0) givingUp = undefined;
    }
  }

  return {
    append({ datagram, flow, day }) {
      const bytes = waitingSize(datagram);
      if (isFull() || bytes > room.spare()) return false;
      const object = current ?? begin();
      room.occupy(bytes);
      held += bytes;
      waiting += bytes;
      return chain(store.append(object, datagram, day, formatFlow(flow)), (reference) => {
        if (reference !== undefined) return true;
        if (!objects.has(object)) return false;
        held -= bytes;
        waiting -= bytes;
        room.unclaim(bytes);
        return false;
      });
    },
    retain(datagram) {
      waiting += waitingSize(datagram);
    },
    release(datagram) {
      waiting -= waitingSize(datagram);
    },
    async noteTaken(keys) {
      await store.sync();
      for (const key of keys) await noteTaken(key);
    },
    hold(object, datagram) {
      objects.add(object);
      current = object;
      next = Math.max(next, Number(object.slice(WAITING.length)) + 1);
      held += waitingSize(datagram);
      room.occupy(waitingSize(datagram));
    },
    has: (object) => objects.has(object),
    isUntidy() {
      if (objects.size === 0 || waiting === 0) return objects.size > 0;
      return (objects.size > 1 || isWorn() || isFull()) && waiting <= room.spare();
    },
    async rewrite(all) {
      const bytes = waiting;
      if (waiting === 0 || bytes > room.spare()) return false;
      const old = [...objects];
      const oldHeld = held;
      const object = begin();
      const isGone = () => !objects.has(object);
      room.occupy(bytes);
      held += bytes;
      for (const { datagram, day, flow } of all) {
        if ((await store.append(object, datagram, day, formatFlow(flow))) === undefined) return false;
        if (isGone()) return false;
      }
      await store.sync();
      if (isGone()) return false;
      for (const each of old) objects.delete(each);
      held = bytes;
      waiting = bytes;
      await dropAll(old, oldHeld);
      return !isGone();
    },
    giveUp() {
      if (objects.size === 0) return givingUp ?? Promise.resolve(false);
      const dropped = [...objects];
      const bytes = held;
      objects.clear();
      current = undefined;
      held = 0;
      waiting = 0;
      givingUp = giveBack(dropped, bytes);
      return givingUp;
    },
  };
}
