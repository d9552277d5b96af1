import type { MaybePromise } from '../../../codecs/maybe-promise.js';

/**
 * Where datagrams are kept until their object is verified. It is only ever appended to, and an object goes as a whole,
 * so that it can be a file or a database as well as memory.
 */
export interface DatagramStore {
  /**
   * Keeps a copy of a datagram.
   *
   * @param object id of the object it belongs to
   * @param group datagrams of one group are read together: a source block, or `TABLE_GROUP`
   * @param flow who sent it where, where that is needed when it is restored: `192.0.2.1 > 239.255.0.1:4001`
   * @returns what it is read by: a whole number up to 2^53-1; undefined when there is no room
   */
  append(
    object: string,
    datagram: Uint8Array,
    group: number,
    flow?: string,
  ): MaybePromise<number | undefined>;
  /**
   * Reads datagrams back, in the order of `references`.
   *
   * @param visit gets a view that is valid during the call only
   */
  read(
    object: string,
    references: readonly number[],
    visit: (datagram: Uint8Array, index: number) => void,
  ): MaybePromise<void>;
  /** Nothing of the object will be read any more. */
  drop(object: string): MaybePromise<void>;
  /** Bytes that a datagram takes besides its own; they count where room is claimed. */
  readonly overhead?: number;
  /** Something else needs so many bytes of a disk that is full: for some time the store may take so much less than it has. */
  giveWay?(bytes: number): void;
}

/** The group of datagrams that announce an object: whoever restores it needs them first. */
export const TABLE_GROUP = 2 ** 32 - 1;

/**
 * Begins the name of the object that holds what waits for tables, of all sessions; a number follows, higher than any
 * before. Its groups are days of the Unix time.
 */
export const WAITING = 'waiting ';
/** The group of names under which nothing that was appended before waits any more. */
export const TAKEN_GROUP = 2 ** 32 - 3;

export function isWaiting(object: string): boolean {
  return /^waiting \d{1,9}$/.test(object);
}

/** In the order they leave a store whose limit was lowered: first what nothing is known about, then what is unused for longest. */
export function inOrderOfLeaving(unusedFirst: Iterable<string>): string[] {
  const objects = [...unusedFirst];
  return [...objects.filter(isWaiting), ...objects.filter((each) => !isWaiting(each))];
}

/** A datagram of an earlier run. */
export interface StoredDatagram {
  readonly object: string;
  /** Valid until the next one is asked for. */
  readonly datagram: Uint8Array;
  readonly group: number;
  readonly flow: string | undefined;
  readonly reference: number;
}

/**
 * A store that outlives its receiver: what an earlier one had appended is taken up by the next with `Receiver.restore`.
 * What was appended is safe within a second, or when `sync` is fulfilled.
 */
export interface PersistentStore extends DatagramStore {
  /** What its datagrams may take, with all that belongs to them; less than before while its disk is full. */
  readonly maxBytes: number;
  /** All datagrams, object by object, those unused for longest first; of an object in the order they were appended. */
  restore(): AsyncIterable<StoredDatagram>;
  /** What was appended so far is safe afterwards, even if the power goes. */
  sync(): MaybePromise<void>;
  /** Of what `maxBytes` bounds. */
  usage(): { readonly bytes: number; readonly objects: number };
  /** Makes all safe and gives the store back; nothing may be called afterwards. */
  close(): MaybePromise<void>;
}

export interface StoreOptions {
  /** Bytes that the store may take, with all that belongs to a datagram: `--max-store`. */
  readonly maxBytes: number;
}

export function isPersistent(store: DatagramStore): store is PersistentStore {
  return 'restore' in store;
}
