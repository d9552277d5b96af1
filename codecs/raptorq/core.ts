/** The WebAssembly core: typed exports, one instance for each block in work, instances kept for the next block. */

import { CORE_SCALAR, CORE_SIMD } from './core.generated.js';
import { RaptorQError } from './error.js';
import { type SystematicIndex, systematicIndex } from './systematic-indices.js';

/** See assembly/index.ts; all numbers are unsigned, addresses are bytes in memory. */
interface CoreExports {
  readonly memory: WebAssembly.Memory;
  readonly L: WebAssembly.Global;
  readonly slotCount: WebAssembly.Global;
  readonly columnSlots: WebAssembly.Global;
  prepare(): void;
  allocate(bytes: number): number;
  allocateSequence(first: number, count: number): number;
  arenaReset(): void;
  arenaTop(): number;
  commit(end: number): void;
  configure(kPrime: number, j: number, s: number, h: number, w: number): void;
  solve(isis: number, count: number, paddingFrom: number, paddingTo: number): number;
  solveWith(isi: number, input: number): number;
  emit(inputs: number): void;
  finishProgram(): number;
  programLength(): number;
  writeEncodingList(isis: number, rows: number, count: number, slots: number): number;
  solveStrips(
    program: number,
    words: number,
    intermediate: number,
    symbolBytes: number,
    shift: number,
    from: number,
    rows: number,
    inputs: number,
    stride: number,
  ): void;
  encodeStrips(
    list: number,
    words: number,
    intermediate: number,
    symbolBytes: number,
    shift: number,
    into: number,
    stride: number,
  ): void;
  decodeStrips(
    program: number,
    words: number,
    work: number,
    symbolBytes: number,
    shift: number,
    from: number,
    rows: number,
    inputs: number,
    stride: number,
    list: number,
    listWords: number,
  ): void;
}

/** One instance of the core at work on one source block. */
export interface Core {
  readonly exports: CoreExports;
  /** Memory as bytes and as words; valid until the next call that may allocate. */
  bytes(): Uint8Array;
  words(): Uint32Array;
  /** Copies numbers into newly allocated memory; their address. */
  put(values: Uint32Array): number;
}

export interface CorePool {
  /** An instance with an empty arena, configured for blocks of `sourceSymbols` symbols. */
  acquire(sourceSymbols: number): { core: Core; index: SystematicIndex };
  release(core: Core): void;
  /** Bytes of memory of all instances that are in work or kept. */
  memoryBytes(): number;
}

/** More idle instances than this are left to the garbage collector. */
const MAX_IDLE = 2;
/**
 * Bytes that one strip of all slots may take. Measured: what the third-level cache holds costs less than the narrower
 * strips that the second level would ask for, and beyond it speed falls off.
 */
const STRIP_BUDGET = 8 * 1024 * 1024;
const MIN_SHIFT = 4;
const MAX_SHIFT = 7;

/** The strip width, as a shift, for which `slots` slots stay in the cache. */
export function stripShift(slots: number): number {
  let shift = MAX_SHIFT;
  while (shift > MIN_SHIFT && slots << shift > STRIP_BUDGET) shift--;
  return shift;
}

/** Bytes from one row to the next: cache lines for large symbols, vectors for small ones. */
export function rowStride(symbolSize: number): number {
  const unit = symbolSize > 256 ? 64 : 16;
  return Math.ceil(symbolSize / unit) * unit;
}

/** Bytes of a symbol that the core works on. */
export function symbolBytes(symbolSize: number): number {
  return Math.ceil(symbolSize / 16) * 16;
}

function createCore(instance: WebAssembly.Instance): Core {
  const exports = instance.exports as unknown as CoreExports;
  exports.prepare();
  let bytes = new Uint8Array(exports.memory.buffer);
  let words = new Uint32Array(exports.memory.buffer);
  // a growth of the memory detaches the views: their length becomes 0, which is faster to see than another buffer
  const renew = () => {
    if (bytes.length === 0) {
      bytes = new Uint8Array(exports.memory.buffer);
      words = new Uint32Array(exports.memory.buffer);
    }
  };
  const core: Core = {
    exports,
    bytes() {
      renew();
      return bytes;
    },
    words() {
      renew();
      return words;
    },
    put(values) {
      const at = exports.allocate(values.byteLength);
      core.words().set(values, at >>> 2);
      return at;
    },
  };
  return core;
}

/** Which build of the core to run: with 128-bit vectors, or without for engines that lack them. */
export type CoreBuild = 'simd' | 'scalar';

/** The smallest module that uses a vector: (func (result v128) i32.const 0, i8x16.splat, i8x16.popcnt). */
const SIMD_PROBE = Uint8Array.of(
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
    11,
  ],
);

export function fastestBuild(): CoreBuild {
  return WebAssembly.validate(SIMD_PROBE) ? 'simd' : 'scalar';
}

/** Compiles the core and makes the first instance. */
export async function createCorePool(build: CoreBuild): Promise<CorePool> {
  const base64 = build === 'simd' ? CORE_SIMD : CORE_SCALAR;
  const binary = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const module = await WebAssembly.compile(binary);
  const idle: Core[] = [createCore(await WebAssembly.instantiate(module))];
  const busy = new Set<Core>();
  return {
    acquire(sourceSymbols) {
      const core = idle.pop() ?? createCore(new WebAssembly.Instance(module));
      const index = systematicIndex(sourceSymbols);
      core.exports.arenaReset();
      core.exports.configure(index.kPrime, index.j, index.s, index.h, index.w);
      busy.add(core);
      return { core, index };
    },
    release(core) {
      if (busy.delete(core) && idle.length < MAX_IDLE) idle.push(core);
    },
    memoryBytes() {
      let sum = 0;
      for (const core of [...idle, ...busy]) sum += core.bytes().length;
      return sum;
    },
  };
}

/** Runs work of the core; what the engine refuses (memory) becomes a RaptorQError. */
export function guarded<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) {
      throw new RaptorQError(
        `The RaptorQ core stopped: ${error.message}. A source block needs more memory than there is.`,
      );
    }
    throw error;
  }
}
