import type { Prng } from '../../fixtures/prng.js';
import { type Coverage, type Covered, together, within, without } from './coverage.js';

/** Inputs that are worth changing further: the seeds, and those that have run some code before all others. */
export interface Corpus {
  readonly inputs: readonly Uint8Array[];
  readonly covered: Covered;
  add(input: Uint8Array): void;
  pick(prng: Prng): Uint8Array;
  /**
   * Finds those of the inputs that have run new code, by running some of them again, and adds them.
   *
   * @param ran those that were run since the last call
   * @returns whether there was new code
   */
  learn(ran: readonly Uint8Array[], run: (input: Uint8Array) => Promise<unknown>): Promise<boolean>;
}

/** Of the latest inputs, from which half of the picks are: they have been changed least. */
const LATEST = 32;

export function createCorpus(coverage: Coverage): Corpus {
  const inputs: Uint8Array[] = [];
  let covered: Covered = new Map();

  return {
    inputs,
    get covered() {
      return covered;
    },
    add(input) {
      inputs.push(input);
    },
    pick(prng) {
      const from = prng.chance(0.5) ? Math.max(0, inputs.length - LATEST) : 0;
      return inputs[from + prng.below(inputs.length - from)]!;
    },
    async learn(ran, run) {
      let fresh = without(coverage.take(), covered);
      if (fresh.size === 0) return false;
      covered = together(covered, fresh);

      /** Halves what has to be run again, until single inputs are left. */
      async function find(some: readonly Uint8Array[]): Promise<void> {
        if (fresh.size === 0 || some.length === 0) return;
        for (const input of some) await run(input);
        const found = within(coverage.take(), fresh);
        if (found.size === 0) return;
        if (some.length > 1) return findInHalves(some);
        inputs.push(some[0]!);
        fresh = without(fresh, found);
      }

      async function findInHalves(some: readonly Uint8Array[]): Promise<void> {
        const half = some.length >> 1;
        await find(some.slice(0, half));
        await find(some.slice(half));
      }

      if (ran.length === 1) inputs.push(ran[0]!);
      else await findInHalves(ran);
      return true;
    },
  };
}
