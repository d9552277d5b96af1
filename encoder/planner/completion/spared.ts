import type { Step } from './blocks.js';
import { type Completion, completionSteps, firstReaching, independentTableCompletion } from './completion.js';

/** Probabilities at which a table is received after so many datagrams of it that no fade and no frame takes. */
const TABLE_LEVELS = [0.9, 0.99, 0.999, 1 - 1e-4, 1 - 1e-5, 1 - 1e-6, 1 - 1e-8];

/** Datagrams of a table that are needed where nothing but independent loss takes them, in steps. */
export function neededTables(tableSymbols: number, independentLoss: number): Step[] {
  if (tableSymbols > 1) return completionSteps({ count: 1, sourceSymbols: tableSymbols }, independentLoss);
  if (independentLoss === 0) return [{ needed: 1, weight: 1 }];
  const completion = independentTableCompletion(1, independentLoss);
  const steps: Step[] = [];
  let before = 0;
  for (const level of TABLE_LEVELS) {
    const needed = firstReaching(completion, level, 0, Number.MAX_SAFE_INTEGER);
    if (needed === undefined) break;
    const now = completion(needed);
    if (now > before) steps.push({ needed, weight: now - before });
    before = now;
  }
  return steps;
}

/** All that is needed has a probability to be spared; each step counts with its weight. */
export function completeIfSpared(
  steps: readonly Step[],
  spared: (symbols: number, allowed: number) => number,
): Completion {
  return (symbols) =>
    steps.reduce(
      (sum, { needed, weight }) => sum + (needed <= symbols ? weight * spared(symbols, symbols - needed) : 0),
      0,
    );
}
