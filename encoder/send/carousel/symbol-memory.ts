import { freeMemory } from '../../../codecs/free-memory.js';

/**
 * Memory of symbols that wait to be sent. It is used again, since the garbage collector is in no hurry with what many
 * megabytes a second leave behind.
 */
export interface SymbolMemory {
  /** At least so many bytes, and at most a quarter more than `sizeFor` them. */
  take(bytes: number): Uint8Array;
  /** Bytes of memory that so many bytes are given at least. */
  sizeFor(bytes: number): number;
  /** What is in it is not needed any more. */
  give(memory: Uint8Array): void;
  /** Memory for a block while it is encoded, one at a time: so many bytes. */
  forBlock(bytes: number): Uint8Array;
}

/** Sizes are multiples of it, so that memory fits others. */
const UNIT = 16 * 1024;
/** So much is kept, bytes, and what was given last. */
const MAX_KEPT = 1024 * 1024;

export function createSymbolMemory(): SymbolMemory {
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  let block = new Uint8Array(0);
  const sizeFor = (bytes: number) => Math.ceil(bytes / UNIT) * UNIT;
  return {
    sizeFor,
    take(bytes) {
      const size = sizeFor(bytes);
      const at = kept.findIndex(({ length }) => length >= size && length <= 1.25 * size);
      if (at < 0) return new Uint8Array(size);
      const [memory] = kept.splice(at, 1);
      keptBytes -= memory!.length;
      return memory!;
    },
    give(memory) {
      if (memory.length === 0) return;
      kept.push(memory);
      keptBytes += memory.length;
      // the last symbol of what was given now is still to be read
      while (keptBytes > MAX_KEPT && kept.length > 1) {
        const oldest = kept.shift()!;
        keptBytes -= oldest.length;
        freeMemory(oldest.buffer as ArrayBuffer);
      }
    },
    forBlock(bytes) {
      if (block.length < bytes) block = new Uint8Array(bytes);
      return block.subarray(0, bytes);
    },
  };
}
