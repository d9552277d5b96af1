import type { MaybePromise } from '../../codecs/crypto/index.js';

/**
 * Where datagrams are kept until their object is verified. It is only ever appended to, and an object goes as a whole,
 * so that it can be a file or a database as well as memory.
 */
export interface DatagramStore {
  /**
   * Keeps a copy of a datagram.
   *
   * @param object id of the object it belongs to
   * @returns what it is read by: a whole number up to 2^53-1
   */
  append(object: string, datagram: Uint8Array): MaybePromise<number>;
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
}

/** A store in memory. */
export function createMemoryStore(): DatagramStore {
  const objects = new Map<string, Uint8Array[]>();
  return {
    append(object, datagram) {
      let datagrams = objects.get(object);
      if (datagrams === undefined) {
        datagrams = [];
        objects.set(object, datagrams);
      }
      return datagrams.push(datagram.slice()) - 1;
    },
    read(object, references, visit) {
      const datagrams = objects.get(object);
      for (const [index, reference] of references.entries()) {
        const datagram = datagrams?.[reference];
        if (datagram === undefined)
          throw new RangeError(`The store has no datagram ${reference} of ${object}.`);
        visit(datagram, index);
      }
    },
    drop(object) {
      objects.delete(object);
    },
  };
}
