import type { CellRecord } from '../loss/index.js';
import { ofSet } from './output/style.js';

/** Trials by the symbols that they needed beyond K. */
export interface OverheadTotals {
  readonly trials: number;
  /** counts[h]: complete with exactly K + h symbols. */
  readonly counts: readonly number[];
  readonly mean: number;
  /** K. */
  readonly sourceSymbols: number;
}

/** Of objects of one block, over all losses: how many symbols a block needs does not depend on the loss. */
export function overheadTotals(records: readonly CellRecord[]): OverheadTotals | undefined {
  const ours = ofSet(records, 'overhead').filter(({ transmission }) => transmission.blocks === 1);
  const counts: number[] = [];
  for (const [extra, count] of ours.flatMap(({ overheadHistogram }) => overheadHistogram)) {
    counts[extra] = (counts[extra] ?? 0) + count;
  }
  const filled = Array.from(counts, (count) => count ?? 0);
  const trials = filled.reduce((sum, count) => sum + count, 0);
  if (trials === 0) return undefined;
  return {
    trials,
    counts: filled,
    sourceSymbols: ours[0]!.transmission.sourceSymbols,
    mean: filled.reduce((sum, count, extra) => sum + count * extra, 0) / trials,
  };
}
