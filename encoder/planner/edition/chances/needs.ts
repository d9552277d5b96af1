import type { Step } from '../../completion/blocks.js';
import { completionSteps, firstReaching, independentCompletion } from '../../completion/completion.js';
import { neededTables } from '../../completion/spared.js';
import type { Airing } from '../airing.js';

/** Probabilities that independent loss leaves too little of any object of some; the best of them is taken. */
export const FAILURES = [1e-4, 1e-3, 1e-2, 1e-1, 1e-6];

/** What an object needs where nothing but independent loss takes it, by the entries of `FAILURES`. */
export interface Needs {
  readonly airing: Airing;
  /** Symbols of each block, and datagrams of its table; infinite where none are enough. */
  readonly symbols: readonly number[];
  readonly tables: readonly number[];
}

/** Needs of objects that share what may fail: each of their blocks and tables has as much of it. */
export function needsOf(airings: readonly Airing[], independentLoss: number): Needs[] {
  const events = airings.reduce((sum, { blocks }) => sum + blocks.count + 1, 0);
  return airings.map((airing): Needs => {
    const { sourceSymbols } = airing.blocks;
    const one = { count: 1, sourceSymbols };
    const completion = independentCompletion(one, independentLoss);
    const steps = independentLoss === 0 ? completionSteps(one, 0) : [];
    const tableSteps = neededTables(airing.tableSymbols, independentLoss);
    const symbolsAt = (failure: number) =>
      independentLoss === 0
        ? atLeast(steps, failure)
        : (firstReaching(completion, 1 - failure, sourceSymbols - 1, Number.MAX_SAFE_INTEGER) ??
          Number.POSITIVE_INFINITY);
    return {
      airing,
      symbols: FAILURES.map((failure) => symbolsAt(failure / events)),
      tables: FAILURES.map((failure) => atLeast(tableSteps, failure / events)),
    };
  });
}

/** How many are needed so that they fail so seldom; infinite when no step is enough. */
function atLeast(steps: readonly Step[], failure: number): number {
  let missing = 1;
  for (const { needed, weight } of steps) {
    missing -= weight;
    if (missing <= failure) return needed;
  }
  return Number.POSITIVE_INFINITY;
}
