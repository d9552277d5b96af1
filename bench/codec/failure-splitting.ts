/**
 * How often K + 1 to K + 3 symbols do not rebuild a block, where so few of the trials fail that counting them says nothing: by
 * splitting (H. Kahn and T. E. Harris, "Estimation of particle transmission by random sampling", 1951). Each trial that has failed
 * goes on in several ways, and each of them that has failed too. What a way counts is divided by the number of ways, so that the
 * mean over all trials is the probability, without bias.
 */

import type { Oti, RaptorQ } from '../../codecs/raptorq/index.js';
import type { Prng } from '../../fixtures/prng.js';
import { type Interval, wilson } from '../loss/interval.js';

/** Symbols beyond K that are looked at: 1 to 3. */
export const SPLIT_LEVELS = 3;

/** A block and its encoding symbols, each of one byte. */
export interface CodedBlock {
  readonly oti: Oti;
  readonly symbols: Uint8Array;
}

/** Sums over trials for K + 1, K + 2 and K + 3 symbols. */
export interface SplitSums {
  /** Of the shares of the ways that failed, and of their squares. */
  readonly weights: number[];
  readonly squares: number[];
  /** Ways that were tried. */
  readonly ways: number[];
}

export const noSums = (): SplitSums => ({ weights: [0, 0, 0], squares: [0, 0, 0], ways: [0, 0, 0] });

export function addSums(into: SplitSums, { weights, squares, ways }: SplitSums): void {
  for (let level = 0; level < SPLIT_LEVELS; level++) {
    into.weights[level]! += weights[level]!;
    into.squares[level]! += squares[level]!;
    into.ways[level]! += ways[level]!;
  }
}

/**
 * Goes on with a trial that K symbols did not rebuild.
 *
 * @param received the ESIs of these K symbols
 * @param splits ways in which each failed trial goes on
 */
export function split(
  raptorq: RaptorQ,
  block: CodedBlock,
  received: readonly number[],
  random: Prng,
  splits: number,
  into: SplitSums,
): void {
  let failed = [received];
  for (let level = 0, share = 1; level < SPLIT_LEVELS && failed.length > 0; level++) {
    share /= splits;
    const ways = failed.flatMap((esis) =>
      Array.from({ length: splits }, () => [...esis, other(block, esis, random)]),
    );
    failed = ways.filter((esis) => !rebuilds(raptorq, block, esis));
    const weight = share * failed.length;
    into.weights[level]! += weight;
    into.squares[level]! += weight ** 2;
    into.ways[level]! += ways.length;
  }
}

/** An encoding symbol that is not among those received. */
function other({ symbols }: CodedBlock, received: readonly number[], random: Prng): number {
  for (;;) {
    const esi = random.below(symbols.length);
    if (!received.includes(esi)) return esi;
  }
}

function rebuilds(raptorq: RaptorQ, { oti, symbols }: CodedBlock, esis: readonly number[]): boolean {
  const decoder = raptorq.createDecoder(oti, 0);
  try {
    for (const esi of esis) decoder.add(esi, symbols.subarray(esi, esi + 1));
    return decoder.tryDecode();
  } finally {
    decoder.free();
  }
}

const Z95 = 1.96;

/**
 * Probabilities with 95 % intervals. Where no way failed, the upper end is that of the symbol before, times that of a way.
 *
 * @param first of K symbols
 * @param trials all of them, failed or not
 */
export function splitRates(
  { weights, squares, ways }: SplitSums,
  first: Interval,
  trials: number,
): Interval[] {
  const rates: Interval[] = [];
  for (let level = 0; level < SPLIT_LEVELS; level++) {
    const probability = weights[level]! / trials;
    const before = rates[level - 1] ?? first;
    if (probability === 0) {
      const ofWay = ways[level] === 0 ? 1 : wilson(0, ways[level]!).high;
      rates.push({ probability, low: 0, high: before.high * ofWay });
      continue;
    }
    const variance = (squares[level]! - trials * probability ** 2) / (trials * (trials - 1));
    const half = Z95 * Math.sqrt(variance);
    rates.push({ probability, low: Math.max(0, probability - half), high: probability + half });
  }
  return rates;
}
