/** The list of symbol operations of an encoder depends on K' alone: solved once, kept for the blocks that follow. */

import type { Core } from './core.js';

/** Operations that turn K' source symbols into the L intermediate symbols. */
export interface Plan {
  readonly program: Uint32Array;
  /** Slots the program works on, L of them the intermediate symbols. */
  readonly slots: number;
  /** The slot of each intermediate symbol. */
  readonly columnSlots: Uint32Array;
}

export interface PlanCache {
  /** The plan for K'; `core` is configured for it and its arena is used and left empty when it has to be made. */
  get(kPrime: number, core: Core): Plan;
}

/** Words that all kept plans together may take; the least recently used go first. */
const MAX_WORDS = 8 * 1024 * 1024;

function wordsOf({ program, columnSlots }: Plan): number {
  return program.length + columnSlots.length;
}

function makePlan(kPrime: number, core: Core): Plan {
  const { exports } = core;
  const isis = core.exports.allocateSequence(0, kPrime);
  // the systematic indices J(K') are chosen such that this matrix is invertible (RFC 6330 section 5.3.3.4.2)
  if (exports.solve(isis, kPrime, 0, 0) !== 1)
    throw new Error(`The constraint matrix for K' = ${kPrime} is singular.`);
  exports.emit(kPrime);
  const at = exports.finishProgram() >>> 2;
  const program = core.words().slice(at, at + exports.programLength());
  const slots = exports.slotCount.value as number;
  const table = (exports.columnSlots.value as number) >>> 2;
  const columnSlots = core.words().slice(table, table + (exports.L.value as number));
  exports.arenaReset();
  return { program, slots, columnSlots };
}

export function createPlanCache(): PlanCache {
  const plans = new Map<number, Plan>();
  let words = 0;
  return {
    get(kPrime, core) {
      let plan = plans.get(kPrime);
      if (plan) plans.delete(kPrime);
      else {
        plan = makePlan(kPrime, core);
        words += wordsOf(plan);
        for (const [oldest, least] of plans) {
          if (words <= MAX_WORDS) break;
          plans.delete(oldest);
          words -= wordsOf(least);
        }
      }
      plans.set(kPrime, plan);
      return plan;
    },
  };
}
