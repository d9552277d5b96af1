import type { CreateSink } from '../../engine/ports/sink.js';
import { bytesOf } from './blob.js';
import { createPages, type Pages } from './pages.js';
import type { Tables } from './tables.js';

/** Blocks of all objects together that stay in memory. */
const MAX_MEMORY = 1 << 24;
/** Smaller blocks are no pieces of a part, which a browser makes a file of each: what they have on average. */
const MIN_PIECE_BYTES = 1 << 20;

/** The blocks of an object, as pieces in the tables. */
export interface BlockPieces {
  /** Their number. */
  readonly number: number;
  /** Puts those that are in memory into the tables, too. */
  complete(): Promise<void>;
  /** They are part of something else from now on: the sink removes none of them. */
  handOver(): void;
}

export interface Sinks {
  readonly create: CreateSink;
  /** Undefined where the blocks of the object are in memory, or too small. */
  piecesOf(id: string): BlockPieces | undefined;
}

/**
 * Sinks that share some memory; what is more goes into the tables, and is read from there block by block.
 *
 * @param numbers gives a number that names no pieces yet
 */
export function createSinks(
  tables: Tables,
  numbers: () => number,
  pages: Pages = createPages(MAX_MEMORY),
): Sinks {
  const open = new Map<string, () => BlockPieces | undefined>();

  const create: CreateSink = ({ id, transferLength }) => {
    const number = numbers();
    /** By offset, which is the index of a block in the tables; its bytes, where it is in memory. */
    const blocks = new Map<number, readonly Uint8Array[] | 'in tables'>();
    let hasPieces = false;

    function forget(offset: number): void {
      const block = blocks.get(offset);
      if (typeof block === 'object') pages.give(block);
      blocks.delete(offset);
    }

    async function put(offset: number, bytes: readonly Uint8Array[]): Promise<void> {
      hasPieces = true;
      await tables.putPiece({ number, index: offset, content: new Blob(bytes as Uint8Array<ArrayBuffer>[]) });
      forget(offset);
      blocks.set(offset, 'in tables');
    }

    const pieces: BlockPieces = {
      number,
      async complete() {
        for (const [offset, block] of [...blocks]) if (typeof block === 'object') await put(offset, block);
      },
      handOver() {
        hasPieces = false;
      },
    };
    const find = () => (hasPieces && transferLength >= blocks.size * MIN_PIECE_BYTES ? pieces : undefined);
    open.set(id, find);

    return {
      write(offset, bytes) {
        forget(offset);
        const copy = pages.take(bytes);
        if (copy === undefined) return put(offset, [bytes]);
        blocks.set(offset, copy);
      },
      async *read() {
        for (const offset of [...blocks.keys()].sort((a, b) => a - b)) {
          const block = blocks.get(offset)!;
          if (typeof block === 'object') {
            yield* block;
            continue;
          }
          const [piece] = await tables.pieces(number, offset);
          yield* bytesOf(piece!);
        }
      },
      async discard() {
        if (open.get(id) === find) open.delete(id);
        for (const offset of [...blocks.keys()]) forget(offset);
        if (hasPieces) await tables.removePieces(number);
        hasPieces = false;
      },
    };
  };

  return { create, piecesOf: (id) => open.get(id)?.() };
}
