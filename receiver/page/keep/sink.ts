import type { CreateSink } from '../../engine/ports/sink.js';
import type { Tables } from './tables.js';

/** Blocks of all objects together that stay in memory. */
const MAX_MEMORY = 1 << 24;

/**
 * Sinks that share some memory; what is more goes into the tables, and is read from there block by block.
 *
 * @param numbers gives a number that names no pieces yet
 */
export function createSinks(tables: Tables, numbers: () => number, maxMemory = MAX_MEMORY): CreateSink {
  let memory = 0;
  return () => {
    const number = numbers();
    /** Index of the block in the tables, or its bytes, by offset. */
    const blocks = new Map<number, Uint8Array | number>();
    let written = 0;

    function forget(offset: number): void {
      const block = blocks.get(offset);
      if (block instanceof Uint8Array) memory -= block.length;
      blocks.delete(offset);
    }

    return {
      write(offset, bytes) {
        forget(offset);
        if (memory + bytes.length <= maxMemory) {
          memory += bytes.length;
          blocks.set(offset, bytes.slice());
          return;
        }
        const index = written++;
        const block = new Blob([bytes as Uint8Array<ArrayBuffer>]);
        return tables.putPiece({ number, index, content: block }).then(() => void blocks.set(offset, index));
      },
      async *read() {
        for (const offset of [...blocks.keys()].sort((a, b) => a - b)) {
          const block = blocks.get(offset)!;
          if (block instanceof Uint8Array) {
            yield block;
            continue;
          }
          const [piece] = await tables.pieces(number, block);
          yield new Uint8Array(await piece!.arrayBuffer());
        }
      },
      async discard() {
        for (const offset of [...blocks.keys()]) forget(offset);
        if (written > 0) await tables.removePieces(number);
        written = 0;
      },
    };
  };
}
