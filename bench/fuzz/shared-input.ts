/** The input that a thread is at, in memory that outlives the thread. */
export interface SharedInput {
  readonly memory: SharedArrayBuffer;
  /** Says that the thread begins with an input. */
  write(input: Uint8Array): void;
  /** How many inputs were begun. */
  begun(): number;
  /** The last one; what is behind its first 4 MiB is left out. */
  read(): Uint8Array;
}

const BYTES = 1 << 22;
const HEAD = 8;

export function createSharedInput(memory = new SharedArrayBuffer(HEAD + BYTES)): SharedInput {
  const [numbers, bytes] = [new Int32Array(memory, 0, 2), new Uint8Array(memory, HEAD)];
  return {
    memory,
    write(input) {
      const held = input.subarray(0, BYTES);
      bytes.set(held);
      numbers[1] = held.length;
      Atomics.add(numbers, 0, 1);
    },
    begun: () => Atomics.load(numbers, 0),
    read: () => bytes.slice(0, numbers[1]!),
  };
}
