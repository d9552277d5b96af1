/** Decoder of one source block (RFC 6330 section 5.4). */

import { type CorePool, guarded, rowStride, stripShift, symbolBytes } from './core.js';
import { MAX_ESI } from './encoder.js';
import { RaptorQError } from './error.js';
import { type Oti, sourceBlock } from './oti.js';
import { symbolLayout, writeSymbol } from './symbol-layout.js';

/** Symbols that can still be stored between a failed try and the need to start anew. */
const SPARE_SYMBOLS = 32;

export interface BlockDecoder {
  /** K, the number of source symbols: decoding is tried with at least so many. */
  readonly sourceSymbols: number;
  /** Distinct encoding symbols held. */
  readonly received: number;
  /**
   * Takes the encoding symbol `esi`, T bytes. False when it is a duplicate, its ESI or length is impossible, or the
   * block is decoded already.
   */
  add(esi: number, symbol: Uint8Array): boolean;
  /** Tries to rebuild the block: true when it is there. After a failure the next symbol continues the work. */
  tryDecode(): boolean;
  /** The bytes of the block without padding, once tryDecode() was true; written to the start of `into` where it is given. */
  data(into?: Uint8Array): Uint8Array;
  /** The same, in the memory of the core where that has it in one piece: valid until `free`. */
  view(): Uint8Array;
  /** Gives the memory back; the decoder cannot be used after it. */
  free(): void;
}

type State = 'collecting' | 'short of rank' | 'decoded' | 'freed';

/** A decoder for source block `sbn`. */
export function createBlockDecoder(pool: CorePool, oti: Oti, sbn: number): BlockDecoder {
  const { sourceSymbols, byteLength } = sourceBlock(oti, sbn);
  const size = oti.symbolSize;
  const stride = rowStride(size);
  const { core, index } = pool.acquire(sourceSymbols);
  const { exports } = core;
  const { kPrime } = index;
  const padding = kPrime - sourceSymbols;
  /** Rows 0..K-1 are the source symbols at their places, repair symbols follow in the order of arrival. */
  const rows = guarded(() => exports.allocate(sourceSymbols * stride));
  /** Rows that there is room for. */
  let roomFor = sourceSymbols;
  const isSource = new Uint8Array(sourceSymbols);
  const repairEsis = new Set<number>();
  /** For each input symbol its ISI and its row. */
  const isis: number[] = [];
  const inputRows: number[] = [];
  let sources = 0;
  /** Inputs the solution knows of. */
  let solvedInputs = 0;
  let state: State = 'collecting';
  const layout = symbolLayout(oti, sourceSymbols);
  /** Bytes from one source symbol to the next, once the block is decoded. */
  let decodedStride = stride;

  function solve(): boolean {
    reserve(sourceSymbols + repairEsis.size + SPARE_SYMBOLS);
    const at = core.put(Uint32Array.from(isis));
    solvedInputs = isis.length;
    return exports.solve(at, isis.length, sourceSymbols, sourceSymbols + padding) === 1;
  }

  /** Continues after a failure with the symbols that came since. */
  function solveFurther(): boolean {
    while (solvedInputs < isis.length) {
      const result = exports.solveWith(isis[solvedInputs]!, solvedInputs);
      if (result < 0) return solve();
      solvedInputs++;
      if (result === 1) return true;
    }
    return false;
  }

  function rebuild(): void {
    exports.emit(isis.length);
    const program = exports.finishProgram();
    const words = exports.programLength();
    const missing: number[] = [];
    for (let esi = 0; esi < sourceSymbols; esi++) if (!isSource[esi]) missing.push(esi);
    // below K the ISI of a symbol is its ESI, and its row too
    const missingAt = core.put(Uint32Array.from(missing));
    const list = exports.writeEncodingList(
      missingAt,
      missingAt,
      missing.length,
      exports.columnSlots.value as number,
    );
    const listWords = exports.programLength();
    const inputs = core.put(Uint32Array.from(inputRows));
    const slots = exports.slotCount.value as number;
    const shift = stripShift(slots);
    const work = exports.allocate(slots << shift);
    exports.decodeStrips(
      program,
      words,
      work,
      symbolBytes(size),
      shift,
      rows,
      inputs,
      inputRows.length,
      stride,
      list,
      listWords,
    );
  }

  function reserve(count: number): void {
    exports.commit(rows + count * stride);
    roomFor = count;
  }

  function store(row: number, symbol: Uint8Array): void {
    if (row >= roomFor) {
      // the matrix of a failed solution stands there: it is made anew with the next try
      state = 'collecting';
      guarded(() => reserve(row + SPARE_SYMBOLS));
    }
    core.bytes().set(symbol, rows + row * stride);
  }

  function requireDecoded(): void {
    if (state !== 'decoded') throw new RaptorQError(`Source block ${sbn} has not been decoded.`);
  }

  function data(into = new Uint8Array(byteLength)): Uint8Array {
    requireDecoded();
    if (into.length < byteLength) {
      throw new RaptorQError(
        `Source block ${sbn} has ${byteLength} bytes; there is room for ${into.length}.`,
      );
    }
    const block = into.subarray(0, byteLength);
    const bytes = core.bytes();
    if (layout.length === 1 && decodedStride === size) block.set(bytes.subarray(rows, rows + byteLength));
    else
      for (let i = 0; i < sourceSymbols; i++) writeSymbol(layout, bytes, rows + i * decodedStride, i, block);
    return block;
  }

  return {
    sourceSymbols,
    get received() {
      return isis.length;
    },
    add(esi, symbol) {
      if (state === 'freed') throw new RaptorQError('This block decoder has been freed.');
      if (state === 'decoded' || symbol.length !== size || !Number.isInteger(esi) || esi < 0 || esi > MAX_ESI)
        return false;
      if (esi < sourceSymbols) {
        if (isSource[esi]) return false;
        store(esi, symbol);
        isSource[esi] = 1;
        sources++;
        isis.push(esi);
        inputRows.push(esi);
        return true;
      }
      if (repairEsis.has(esi)) return false;
      const row = sourceSymbols + repairEsis.size;
      store(row, symbol);
      repairEsis.add(esi);
      isis.push(esi + padding);
      inputRows.push(row);
      return true;
    },
    tryDecode() {
      if (state === 'freed') throw new RaptorQError('This block decoder has been freed.');
      if (state === 'decoded') return true;
      if (isis.length < sourceSymbols) return false;
      if (sources < sourceSymbols) {
        if (!guarded(() => (state === 'collecting' ? solve() : solveFurther()))) {
          state = 'short of rank';
          return false;
        }
        guarded(rebuild);
      }
      state = 'decoded';
      return true;
    },
    data,
    view() {
      requireDecoded();
      if (layout.length > 1) return data();
      const bytes = core.bytes();
      for (let i = 1; decodedStride !== size && i < sourceSymbols; i++) {
        const row = rows + i * stride;
        bytes.copyWithin(rows + i * size, row, row + size);
      }
      decodedStride = size;
      return bytes.subarray(rows, rows + byteLength);
    },
    free() {
      if (state !== 'freed') pool.release(core);
      state = 'freed';
    },
  };
}
