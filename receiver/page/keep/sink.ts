import type { CreateSink } from '../../engine/ports/sink.js';
import { bytesOf } from './blob.js';
import { createPages, type Pages } from './pages.js';
import type { Tables } from './tables.js';

/** Blocks of all objects together that stay in memory. */
const MAX_MEMORY = 1 << 24;

/**
 * Sinks that share some memory; what is more goes into the tables, and is read from there block by block.
 *
 * @param numbers gives a number that names no pieces yet
 */
export function createSinks(
  tables: Tables,
  numbers: () => number,
  pages: Pages = createPages(MAX_MEMORY),
): CreateSink {
  return () => {
    const number = numbers();
    /** Index of the block in the tables, or its bytes, by offset. */
    const blocks = new Map<number, readonly Uint8Array[] | number>();
    let written = 0;

    function forget(offset: number): void {
      const block = blocks.get(offset);
      if (typeof block === 'object') pages.give(block);
      blocks.delete(offset);
    }

    return {
      write(offset, bytes) {
        forget(offset);
        const copy = pages.take(bytes);
        if (copy !== undefined) {
          blocks.set(offset, copy);
          return;
        }
        const index = written++;
        const block = new Blob([bytes as Uint8Array<ArrayBuffer>]);
        return tables.putPiece({ number, index, content: block }).then(() => void blocks.set(offset, index));
      },
      async *read() {
        for (const offset of [...blocks.keys()].sort((a, b) => a - b)) {
          const block = blocks.get(offset)!;
          if (typeof block === 'object') {
            yield* block;
            continue;
          }
          const [piece] = await tables.pieces(number, block);
          yield* bytesOf(piece!);
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
