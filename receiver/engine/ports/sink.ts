import type { MaybePromise } from '../../../codecs/maybe-promise.js';

/** Where the bytes of an object go, block by block in any order, and are read again as a whole. */
export interface ObjectSink {
  /** Keeps a copy: the memory is used for something else once it is fulfilled. A later write at the same offset replaces the earlier. */
  write(offset: number, bytes: Uint8Array): MaybePromise<void>;
  /** All bytes from the first to the last, each piece valid until the next is asked for; may be called again. */
  read(): AsyncIterable<Uint8Array>;
  /** Gives memory or file back; nothing can be read afterwards. */
  discard(): MaybePromise<void>;
}

/** Makes the sink of an object of `transferLength` bytes, when its first block is rebuilt. */
export type CreateSink = (object: { id: string; transferLength: number }) => MaybePromise<ObjectSink>;

/** A sink in memory, which takes what was rebuilt and not what was announced. */
export function createMemorySink(): ObjectSink {
  const pieces = new Map<number, Uint8Array>();
  return {
    write(offset, bytes) {
      pieces.set(offset, bytes.slice());
    },
    async *read() {
      for (const offset of [...pieces.keys()].sort((a, b) => a - b)) yield pieces.get(offset)!;
    },
    discard() {
      pieces.clear();
    },
  };
}
