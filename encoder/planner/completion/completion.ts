import { blockFailure, decodingFailure } from '../../session/repair.js';
import { known } from '../question/error.js';
import { leastWholeAbove } from './bisect.js';
import type { Blocks, Step } from './blocks.js';
import { behindFirst, type Place } from './chernoff.js';
import type { Effort } from './effort.js';
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

/** One block on a channel with memory, exact. */
export function blockCompletion(sourceSymbols: number, chain: SymbolChain, effort: Effort): Completion {
  const steps = codeSteps(sourceSymbols, 1);
  return tabulated(sourceSymbols, weightedWaiting(chain, steps, sourceSymbols, effort));
}

/** The file delivery table on a channel with memory: any datagram of a table of one symbol completes it. */
export function tableCompletion(sourceSymbols: number, chain: SymbolChain, effort: Effort): Completion {
  return tabulated(sourceSymbols, weightedWaiting(chain, tableSteps(sourceSymbols), sourceSymbols, effort));
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
  effort: Effort,
): Completion {
  const alone = weightedWaiting(block, codeSteps(sourceSymbols, 1), sourceSymbols, effort);
  if (count === 1) return tabulated(sourceSymbols, alone);
  const steps = completionSteps({ count, sourceSymbols }, independentLoss);
  const untouched = weightedWaiting(round, steps, sourceSymbols, effort);
  const behind = behindFirst(others, effort);
  const spares = SPARE_FAILURES.flatMap((failure) => {
    const spare = firstReaching(
      (symbols) => 1 - behind(sourceSymbols, symbols),
      1 - failure,
      0,
      sourceSymbols,
    );
    if (spare === undefined) return [];
    const codes = codeSteps(sourceSymbols + spare, count);
    return { spare, first: weightedWaiting(block, codes, sourceSymbols, effort) };
  });
  const arrays = [new Float64Array(CHUNK), ...spares.map(() => new Float64Array(CHUNK))] as const;
  let sent = sourceSymbols;
  const fill = (next: Float64Array) => {
    const [other, ...firsts] = arrays.map((array) => array.subarray(0, next.length));
    alone.fill(next);
    untouched.fill(other!);
    for (const [index, { first }] of spares.entries()) first.fill(firsts[index]!);
    for (let position = 0; position < next.length; position++, sent++) {
      let best = Math.max(next[position]! ** count, other![position]!);
      for (const [index, { spare }] of spares.entries()) {
        const first = firsts[index]![position]!;
        // The bound is dear, and of no use where nothing is to be gained.
        if (first > best + NEGLIGIBLE) best = Math.max(best, first - behind(sent, spare));
      }
      next[position] = best;
    }
  };
  const limits = [alone.limit ** count, untouched.limit, ...spares.map(({ first }) => first.limit)];
  return tabulated(sourceSymbols, { fill, limit: Math.max(...limits) });
}

/** A probability that makes no difference to any promise. */
const NEGLIGIBLE = 1e-9;

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

/** Symbols that are computed at a time. */
const CHUNK = 1024;
/** Where few symbols are enough. */
const FIRST = 16;

/** Probabilities for more and more symbols. */
export interface Rising {
  /** Writes the next ones, `CHUNK` at most. */
  fill(next: Float64Array): void;
  /** What they come near to. */
  readonly limit: number;
}

/** The probabilities that enough have arrived when `from`, `from` + 1, ... are sent. */
function weightedWaiting(chain: SymbolChain, steps: readonly Step[], from: number, effort: Effort): Rising {
  const waits = steps.map(({ needed, weight }) => {
    return { needed, weight, waiting: createWaiting(chain, needed) };
  });
  const chunk = new Float64Array(CHUNK);
  let sent = from;
  return {
    fill(next) {
      effort.spend(waits.length * next.length);
      next.fill(0);
      for (const { needed, weight, waiting } of waits) {
        const skipped = Math.max(0, needed - sent);
        if (skipped >= next.length) continue;
        const part = chunk.subarray(skipped, next.length);
        waiting(part);
        for (let position = skipped; position < next.length; position++) {
          next[position]! += weight * chunk[position]!;
        }
      }
      sent += next.length;
    },
    limit: steps.reduce((sum, { weight }) => sum + weight, 0),
  };
}

/** ESIs have 24 bits: more symbols of a block cannot be sent. */
const MOST_SYMBOLS = 2 ** 24;

/**
 * Keeps what has been computed, for `from`, `from` + 1, ... symbols. The last value stands for all beyond it, so that
 * nothing is promised too high, once it makes no difference any more.
 */
export function tabulated(from: number, { fill, limit }: Rising): Completion {
  let table = new Float64Array(CHUNK);
  let length = 0;
  let last = 0;
  return (symbols) => {
    const index = Math.floor(symbols) - from;
    if (!(index >= 0)) return 0;
    while (length <= index && last < limit - NEGLIGIBLE && length < MOST_SYMBOLS) {
      if (length === table.length) {
        const larger = new Float64Array(2 * length);
        larger.set(table);
        table = larger;
      }
      const next = table.subarray(length, length + (length === 0 ? FIRST : Math.min(length, CHUNK)));
      fill(next);
      last = rise(next, last);
      length += next.length;
    }
    return index < length ? table[index]! : last;
  };
}

/** Makes probabilities never fall, nor begin below `before`; returns the last. */
function rise(probabilities: Float64Array, before: number): number {
  let last = before;
  for (let position = 0; position < probabilities.length; position++) {
    last = Math.min(1, Math.max(last, probabilities[position]!));
    probabilities[position] = last;
  }
  // Whatever follows what is no number is none either.
  return known(last, 'a completion');
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
  return leastWholeAbove((symbols) => known(completion(symbols), 'a completion') >= target, above, most);
}
