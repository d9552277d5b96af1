/** The list of symbol operations of an encoder depends on K' alone: solved once, kept for the blocks that follow. */

import { freeMemory } from '../free-memory.js';
import type { Core } from './core.js';

/** Operations that turn K' source symbols into the L intermediate symbols. */
export interface EncodingProgram {
  readonly operations: Uint32Array;
  /** Slots they work on, L of them the intermediate symbols. */
  readonly slots: number;
  /** The slot of each intermediate symbol. */
  readonly columnSlots: Uint32Array;
}

export interface EncodingProgramCache {
  /** The encodingProgram for K'; `core` is configured for it and its arena is used and left empty when it has to be made. */
  get(kPrime: number, core: Core): EncodingProgram;
}

/** Words that all kept encodingPrograms together may take, 8 MiB; the least recently used go first. */
const MAX_WORDS = 2 * 1024 * 1024;

function wordsOf({ operations, columnSlots }: EncodingProgram): number {
  return operations.length + columnSlots.length;
}

function makeEncodingProgram(kPrime: number, core: Core): EncodingProgram {
  const { exports } = core;
  const isis = core.exports.allocateSequence(0, kPrime);
  // the systematic indices J(K') are chosen such that this matrix is invertible (RFC 6330 section 5.3.3.4.2)
  if (exports.solve(isis, kPrime, 0, 0) !== 1)
    throw new Error(`The constraint matrix for K' = ${kPrime} is singular.`);
  exports.emit(kPrime);
  const at = exports.finishProgram() >>> 2;
  const operations = core.words().slice(at, at + exports.programLength());
  const slots = exports.slotCount.value as number;
  const table = (exports.columnSlots.value as number) >>> 2;
  const columnSlots = core.words().slice(table, table + (exports.L.value as number));
  exports.arenaReset();
  return { operations, slots, columnSlots };
}

export function createEncodingProgramCache(): EncodingProgramCache {
  const encodingPrograms = new Map<number, EncodingProgram>();
  let words = 0;
  return {
    get(kPrime, core) {
      let encodingProgram = encodingPrograms.get(kPrime);
      if (encodingProgram) encodingPrograms.delete(kPrime);
      else {
        encodingProgram = makeEncodingProgram(kPrime, core);
        words += wordsOf(encodingProgram);
        for (const [oldest, least] of encodingPrograms) {
          if (words <= MAX_WORDS) break;
          encodingPrograms.delete(oldest);
          words -= wordsOf(least);
          freeMemory(least.operations.buffer as ArrayBuffer);
        }
      }
      encodingPrograms.set(kPrime, encodingProgram);
      return encodingProgram;
    },
  };
}
