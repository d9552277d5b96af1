/** Memory that grows as bytes arrive, so that no declared size takes any. */
export interface GrowingBuffer {
  readonly length: number;
  append(part: Uint8Array): void;
  /** A view of what was appended. */
  bytes(): Uint8Array<ArrayBuffer>;
}

/** @param given memory to begin with */
export function createGrowingBuffer(given: ArrayBuffer = new ArrayBuffer(1024)): GrowingBuffer {
  let memory = new Uint8Array(given);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(part) {
      if (length + part.length > memory.length) {
        const larger = new Uint8Array(Math.max(1.5 * memory.length, length + part.length));
        larger.set(memory.subarray(0, length));
        memory = larger;
      }
      memory.set(part, length);
      length += part.length;
    },
    bytes: () => memory.subarray(0, length),
  };
}
