import { known } from '../question/error.js';
import type { Blocks } from './blocks.js';
import { type Completion, completionSteps, firstReaching } from './completion.js';

/** Visibility windows, times in seconds. */
export interface Windows {
  readonly period: number;
  /** Length of a window, 0 to `period`. */
  readonly length: number;
}

/**
 * The probability that a receiver sees the sender for `needed` seconds at least while `elapsed` pass, when the first moment
 * is a random one of the period. Whole periods hold a window each; what a rest r of the period overlaps with the window w
 * lies between max(0, r - gap) and min(r, w), and is x or more for w + r - 2 x of the moments of a period.
 */
export function visibleAtLeast({ period, length }: Windows, elapsed: number, needed: number): number {
  const periods = Math.floor(elapsed / period);
  const rest = elapsed - periods * period;
  const overlap = needed - periods * length;
  if (overlap <= Math.max(0, rest - (period - length))) return 1;
  if (overlap > Math.min(rest, length)) return 0;
  return (length + rest - 2 * overlap) / period;
}

/** The table is looked for until it is missed with one of these probabilities: the best bound holds. */
const TABLE_MISSES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/**
 * All blocks and the table, seen through windows: never promised too high, as each window is counted with one symbol less
 * of every block and one datagram less of the table than fit into it.
 *
 * @param table of the file delivery table, by its datagrams
 * @param symbolSeconds time from one symbol of a block to the next
 * @param tableSeconds time from one datagram of the table to the next
 */
export function windowCompletion(
  blocks: Blocks,
  table: Completion,
  windows: Windows,
  { symbolSeconds, tableSeconds }: { readonly symbolSeconds: number; readonly tableSeconds: number },
  independentLoss: number,
): Completion {
  const steps = completionSteps(blocks, independentLoss);
  const tables = TABLE_MISSES.map((miss) =>
    known(
      firstReaching(table, 1 - miss, 0, Number.MAX_SAFE_INTEGER) ?? Number.NaN,
      'the file delivery table',
    ),
  );
  return (sent) => {
    const elapsed = sent * symbolSeconds;
    const edges = windows.length === windows.period ? 0 : Math.floor(elapsed / windows.period) + 2;
    const withTables = (datagrams: number) => {
      let probability = 0;
      for (const { needed, weight } of steps) {
        const visible = Math.max((needed + edges) * symbolSeconds, (datagrams + edges) * tableSeconds);
        probability += weight * visibleAtLeast(windows, elapsed, visible);
      }
      return table(datagrams) * probability;
    };
    return Math.max(...tables.map(withTables));
  };
}
