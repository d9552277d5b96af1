import { freeMemory } from '../free-memory.js';

/** Memory that grows as bytes arrive, so that no declared size takes any. */
export interface GrowingBuffer {
  readonly length: number;
  append(part: Uint8Array): void;
  /** Lengthens it by so many bytes, which are in the view: valid until it grows again. */
  extend(by: number): Uint8Array;
  /** A view of what was appended. */
  bytes(): Uint8Array<ArrayBuffer>;
}

/** @param given memory to begin with */
export function createGrowingBuffer(given: ArrayBuffer = new ArrayBuffer(1024)): GrowingBuffer {
  let memory = new Uint8Array(given);
  let length = 0;

  function extend(by: number): Uint8Array {
    if (length + by > memory.length) {
      const larger = new Uint8Array(Math.max(1.5 * memory.length, length + by));
      larger.set(memory.subarray(0, length));
      freeMemory(memory.buffer);
      memory = larger;
    }
    length += by;
    return memory.subarray(length - by, length);
  }

  return {
    get length() {
      return length;
    },
    extend,
    append(part) {
      extend(part.length).set(part);
    },
    bytes: () => memory.subarray(0, length),
  };
}
