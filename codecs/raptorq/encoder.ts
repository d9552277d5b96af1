/** Encoder of one source block (RFC 6330 section 5.3). */

import { type CorePool, guarded, rowStride, stripShift, symbolBytes } from './core.js';
import type { EncodingProgramCache } from './encoding-program.js';
import { RaptorQError } from './error.js';
import { type Oti, sourceBlock } from './oti.js';
import { readSymbol, symbolLayout } from './symbol-layout.js';

/** Largest encoding symbol ID: 24 bits on the wire. */
export const MAX_ESI = 2 ** 24 - 1;
/** Repair symbols made at a time, at least; a large block makes as many as it has source symbols. */
const MIN_BATCH = 64;

export interface BlockEncoder {
  /** K, the number of source symbols. */
  readonly sourceSymbols: number;
  /** Encoding symbol `esi` (0..2^24-1; below K a source symbol), T bytes of its own. */
  symbol(esi: number): Uint8Array;
  /**
   * `count` encoding symbols from `firstEsi` on, one after the other: count * T bytes, written to the start of `into`
   * where it is given.
   */
  symbols(firstEsi: number, count: number, into?: Uint8Array): Uint8Array;
  /** Gives the memory back; the encoder cannot be used after it. */
  free(): void;
}

/**
 * An encoder for source block `sbn`. `source` is its bytes without padding and is read as long as the encoder is
 * in use. Throws RaptorQError when it has the wrong length.
 */
export function createBlockEncoder(
  pool: CorePool,
  encodingPrograms: EncodingProgramCache,
  oti: Oti,
  sbn: number,
  source: Uint8Array,
): BlockEncoder {
  const { sourceSymbols, byteLength } = sourceBlock(oti, sbn);
  if (source.length !== byteLength) {
    throw new RaptorQError(`Source block ${sbn} has ${byteLength} bytes; ${source.length} were given.`);
  }
  const size = oti.symbolSize;
  const stride = rowStride(size);
  const layout = symbolLayout(oti, sourceSymbols);
  const { core, index } = pool.acquire(sourceSymbols);
  const { exports } = core;
  const { kPrime } = index;
  const batch = Math.max(kPrime, MIN_BATCH);
  let shift = 0;
  let rows = 0;
  let intermediate = 0;
  let columnSlots = 0;
  let freed = false;

  /** RFC 6330 section 5.3.3.4: the intermediate symbols; the rows of source symbols are free for output afterwards. */
  function solve(): void {
    const encodingProgram = encodingPrograms.get(kPrime, core);
    shift = stripShift(encodingProgram.slots);
    rows = exports.allocate(batch * stride);
    intermediate = exports.allocate(
      exports.L.value * symbolBytes(size) + ((encodingProgram.slots - exports.L.value) << shift),
    );
    columnSlots = core.put(encodingProgram.columnSlots);
    const mark = exports.arenaTop();
    const program = core.put(encodingProgram.operations);
    const inputs = exports.allocateSequence(0, kPrime);
    const bytes = core.bytes();
    if (layout.length === 1 && stride === size) {
      bytes.set(source, rows);
      bytes.fill(0, rows + source.length, rows + sourceSymbols * size);
    } else {
      for (let i = 0; i < sourceSymbols; i++) readSymbol(layout, source, i, bytes, rows + i * stride);
    }
    bytes.fill(0, rows + sourceSymbols * stride, rows + kPrime * stride);
    exports.solveStrips(
      program,
      encodingProgram.operations.length,
      intermediate,
      symbolBytes(size),
      shift,
      rows,
      inputs,
      kPrime,
      stride,
    );
    exports.commit(mark);
  }

  function writeRepair(firstEsi: number, count: number, into: Uint8Array, offset: number): void {
    const mark = exports.arenaTop();
    // the ISI of a repair symbol is its ESI moved by the padding symbols (RFC 6330 section 5.3.1)
    const firstIsi = firstEsi + kPrime - sourceSymbols;
    const isis = exports.allocateSequence(firstIsi, count);
    const numbers = exports.allocateSequence(0, count);
    const list = exports.writeEncodingList(isis, numbers, count, columnSlots);
    exports.encodeStrips(list, exports.programLength(), intermediate, symbolBytes(size), shift, rows, stride);
    const bytes = core.bytes();
    if (stride === size) into.set(bytes.subarray(rows, rows + count * size), offset);
    else
      for (let i = 0; i < count; i++)
        into.set(bytes.subarray(rows + i * stride, rows + i * stride + size), offset + i * size);
    exports.commit(mark);
  }

  guarded(solve);
  const encoder: BlockEncoder = {
    sourceSymbols,
    symbol: (esi) => encoder.symbols(esi, 1),
    symbols(firstEsi, count, into = new Uint8Array(count * size)) {
      if (freed) throw new RaptorQError('This block encoder has been freed.');
      if (
        !Number.isInteger(firstEsi) ||
        !Number.isInteger(count) ||
        firstEsi < 0 ||
        count < 0 ||
        firstEsi + count > MAX_ESI + 1
      ) {
        throw new RaptorQError(
          `There are no ${count} encoding symbols from ESI ${firstEsi}; ESIs end at ${MAX_ESI}.`,
        );
      }
      if (into.length < count * size) {
        throw new RaptorQError(
          `${count} symbols take ${count * size} bytes; there is room for ${into.length}.`,
        );
      }
      let i = 0;
      for (; i < count && firstEsi + i < sourceSymbols; i++)
        readSymbol(layout, source, firstEsi + i, into, i * size);
      while (i < count) {
        const now = Math.min(batch, count - i);
        const at = i;
        guarded(() => writeRepair(firstEsi + at, now, into, at * size));
        i += now;
      }
      return into.subarray(0, count * size);
    },
    free() {
      if (!freed) pool.release(core);
      freed = true;
    },
  };
  return encoder;
}
