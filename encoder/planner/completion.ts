import { blockFailure, decodingFailure } from '../session/repair.js';
import type { Blocks, Step } from './blocks.js';
import { behindFirst, type Place } from './chernoff.js';
import type { SymbolChain } from './two-state.js';
import { createWaiting } from './waiting.js';

/** The probability that all blocks are rebuilt when so many symbols of each are sent; never falls. */
export type Completion = (symbols: number) => number;

/** Symbols beyond K that are looked at one by one; with all of them decoding fails once in 10^10. */
const EXTRA_SYMBOLS = 5;

/** Independent loss: binomial, exact; the blocks are independent of each other. */
export function independentCompletion({ count, sourceSymbols }: Blocks, loss: number): Completion {
  return (symbols) => {
    // So many above the mean arrive with probability exp(-30) at most (S. N. Bernstein's inequality).
    const above = sourceSymbols - symbols * (1 - loss);
    if (above > 0 && above ** 2 > 60 * (symbols * loss * (1 - loss) + above / 3)) return 0;
    if (symbols < sourceSymbols) return 0;
    return (1 - blockFailure(sourceSymbols, symbols, loss)) ** count;
  };
}

/** The file delivery table on a channel with memory: any datagram of a table of one symbol completes it. */
export function tableCompletion(sourceSymbols: number, chain: SymbolChain): Completion {
  return tabulated(sourceSymbols, weightedWaiting(chain, tableSteps(sourceSymbols), sourceSymbols));
}

/** Symbols that the file delivery table needs. */
export function tableSteps(sourceSymbols: number): Step[] {
  return sourceSymbols === 1 ? [{ needed: 1, weight: 1 }] : codeSteps(sourceSymbols, 1);
}

/**
 * Interleaved blocks on a channel with memory, the largest of three kinds of lower bounds:
 * - The product over the blocks. The losses of a two-state chain whose states last are associated random variables, so
 *   that events which each have fewer losses on their side are positively correlated (J. D. Esary, F. Proschan,
 *   D. W. Walkup, "Association of random variables, with applications", Annals of Mathematical Statistics 38, 1967).
 *   Near the truth when bursts are short against a round of all blocks.
 * - The first block with some symbols to spare, without the cases in which another is more than those behind it. Near the
 *   truth when bursts are as long as a few rounds.
 * - The rounds that no burst touches: in each of them every block has a symbol that only independent loss can take. Near
 *   the truth when bursts are long.
 *
 * @param block the symbols of one block
 * @param others the places of the others in a round
 * @param round the rounds, as symbols that arrive when nothing bad touches them
 * @param independentLoss of the symbols in a round that nothing bad touches
 */
export function interleavedCompletion(
  { count, sourceSymbols }: Blocks,
  block: SymbolChain,
  others: readonly Place[],
  round: SymbolChain,
  independentLoss: number,
): Completion {
  const alone = weightedWaiting(block, codeSteps(sourceSymbols, 1), sourceSymbols);
  if (count === 1) return tabulated(sourceSymbols, alone);
  const steps = completionSteps({ count, sourceSymbols }, independentLoss);
  const untouched = weightedWaiting(round, steps, sourceSymbols);
  const behind = behindFirst(others);
  const spares = SPARE_FAILURES.flatMap((failure) => {
    const spare = firstReaching(
      (symbols) => 1 - behind(sourceSymbols, symbols),
      1 - failure,
      0,
      sourceSymbols,
    );
    if (spare === undefined) return [];
    return { spare, first: weightedWaiting(block, codeSteps(sourceSymbols + spare, count), sourceSymbols) };
  });
  let sent = sourceSymbols;
  return tabulated(sourceSymbols, () => {
    let best = Math.max(alone() ** count, untouched());
    for (const { spare, first } of spares) best = Math.max(best, first() - behind(sent, spare));
    sent++;
    return best;
  });
}

/** Probabilities at which blocks fall behind the first by more than is spared, over K rounds. */
const SPARE_FAILURES = [1e-2, 1e-4, 1e-6];

/** The same with independent loss alone. */
export function independentTableCompletion(sourceSymbols: number, loss: number): Completion {
  if (sourceSymbols > 1) return independentCompletion({ count: 1, sourceSymbols }, loss);
  return (datagrams) => (datagrams < 1 ? 0 : 1 - loss ** Math.floor(datagrams));
}

/** Symbols that all of `count` blocks need when nothing is lost but what is named otherwise. */
function codeSteps(sourceSymbols: number, count: number): Step[] {
  const steps: Step[] = [];
  let before = 0;
  for (let extra = 0; extra < EXTRA_SYMBOLS; extra++) {
    const now = (1 - decodingFailure(extra)) ** count;
    steps.push({ needed: sourceSymbols + extra, weight: now - before });
    before = now;
  }
  return steps;
}

/** Failure probabilities at which the distribution is cut into steps. */
const LEVELS = [
  0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 4e-3, 2e-3, 1e-3, 4e-4, 2e-4, 1e-4, 1e-5, 1e-6, 1e-8,
];

/**
 * Symbols of each block that all blocks need at an independent loss, cut into steps; each counts for what lies between it
 * and the step below, so that the probability is never promised too high.
 */
export function completionSteps(blocks: Blocks, independentLoss: number): Step[] {
  const { sourceSymbols, count } = blocks;
  if (independentLoss === 0) return codeSteps(sourceSymbols, count);
  const completion = independentCompletion(blocks, independentLoss);
  const steps: Step[] = [];
  let before = 0;
  let needed = sourceSymbols - 1;
  for (const level of LEVELS) {
    const next = firstReaching(completion, 1 - level, needed, Number.MAX_SAFE_INTEGER);
    if (next === undefined) break;
    needed = next;
    const now = completion(needed);
    if (now > before) steps.push({ needed, weight: now - before });
    before = now;
  }
  return steps;
}

/** Call by call, the probability that enough have arrived when `from`, `from` + 1, ... are sent. */
function weightedWaiting(chain: SymbolChain, steps: readonly Step[], from: number): () => number {
  const waits = steps.map(({ needed, weight }) => ({ needed, weight, next: createWaiting(chain, needed) }));
  let sent = from;
  return () => {
    let probability = 0;
    for (const { needed, weight, next } of waits) if (sent >= needed) probability += weight * next();
    sent++;
    return Math.min(1, probability);
  };
}

/** Keeps what has been computed; `next` gives the probability for `from`, `from` + 1, ... symbols. */
function tabulated(from: number, next: () => number): Completion {
  let table = new Float64Array(1024);
  let length = 0;
  return (symbols) => {
    const index = Math.floor(symbols) - from;
    if (!(index >= 0)) return 0;
    while (length <= index) {
      if (length === table.length) {
        const larger = new Float64Array(2 * length);
        larger.set(table);
        table = larger;
      }
      const last = length === 0 ? 0 : table[length - 1]!;
      table[length++] = Math.max(last, next());
    }
    return table[index]!;
  };
}

/**
 * The fewest symbols above `above` that complete with probability `target`, or undefined when `most` are too few.
 *
 * @param completion never falls
 */
export function firstReaching(
  completion: Completion,
  target: number,
  above: number,
  most: number,
): number | undefined {
  let low = above;
  let step = 1;
  while (completion(Math.min(most, low + step)) < target) {
    if (low + step >= most) return undefined;
    low += step;
    step *= 2;
  }
  let high = Math.min(most, low + step);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (completion(middle) >= target) high = middle;
    else low = middle;
  }
  return high;
}
