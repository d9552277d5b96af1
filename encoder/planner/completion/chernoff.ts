/**
 * Bounds on two counts of one transmission at once: what is received of a chain is counted by matrices, so that
 * E[z^R w^S] is a product of them, and P(R >= r, S <= s) <= E[z^R w^S] / (z^r w^s) for all z >= 1 and w <= 1.
 *
 * H. Chernoff, "A measure of asymptotic efficiency for tests of a hypothesis based on the sum of observations", Annals of
 * Mathematical Statistics 23 (1952).
 */

import { known } from '../question/error.js';
import type { Blocks, Step } from './blocks.js';
import type { Effort } from './effort.js';
import { growth, logTotal, type Matrix, multiply, power } from './matrix.js';
import type { SymbolChain } from './two-state.js';

/** Logarithms of z that are tried: a bound holds for each, and changes little from one to the next. */
const LOG_Z = [0, ...Array.from({ length: 16 }, (_, index) => 2 ** (index - 13))];
/** w that are tried where a table needs several symbols. */
const W = [0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 1e-3];

/** What a power of a matrix takes, in steps. */
const POWER_STEPS = 10;

/** One symbol, counted `factor` times when it arrives. */
export function counted({ received, lost }: SymbolChain, factor: number): Matrix {
  return {
    logScale: 0,
    rows: [
      [lost[0][0] + factor * received[0], lost[0][1]],
      [lost[1][0] + factor * received[1], lost[1][1]],
    ],
  };
}

/**
 * At most the probability that all blocks have K symbols although the file delivery table has been missed, by the
 * datagrams of the table that were sent. Before the first and after the last of them as much is sent as between two, which
 * is never too little.
 *
 * @param datagram the chain, datagram by datagram
 * @param between datagrams of the object between two of the table
 * @param steps symbols that the table needs
 */
export function missedTable(
  { count, sourceSymbols }: Blocks,
  datagram: SymbolChain,
  between: number,
  steps: readonly Step[],
  effort: Effort,
): (tables: number) => number {
  // Blocks may be a symbol shorter than the longest.
  const least = count * (sourceSymbols - 1) + 1;
  const tries = LOG_Z.map((logZ) => ({ logZ, object: power(counted(datagram, Math.exp(logZ)), between) }));
  const logBound = (tables: number, needed: number) => {
    let log = 0;
    for (const { logZ, object } of tries) {
      for (const w of needed === 1 ? [0] : W) {
        const all = multiply(object, power(multiply(counted(datagram, w), object), tables));
        const logTable = needed === 1 ? 0 : (needed - 1) * Math.log(w);
        log = Math.min(log, logTotal(datagram.start, all) - least * logZ - logTable);
      }
    }
    return log;
  };
  const computed = new Map<number, number>();
  return (tables) => {
    let missed = computed.get(tables);
    if (missed === undefined) {
      missed = 1;
      effort.spend(POWER_STEPS * steps.length * tries.length * W.length);
      for (const { needed, weight } of steps) missed += weight * Math.expm1(logBound(tables, needed));
      computed.set(tables, known(missed, 'a bound'));
    }
    return missed;
  };
}

/** Where a block lies in a round of all: the way from the first block's symbol to its own, and to the next round. */
export interface Place {
  readonly ahead: SymbolChain;
  readonly back: SymbolChain;
}

/**
 * At most the probability that any of the other blocks has more than `symbols` symbols less than the first one.
 *
 * @param others blocks but the first
 */
export function behindFirst(
  others: readonly Place[],
  effort: Effort,
): (rounds: number, symbols: number) => number {
  const bounds = others.map(({ ahead, back }) =>
    LOG_Z.slice(1).map((logZ) => {
      const round = multiply(counted(back, Math.exp(logZ)), counted(ahead, Math.exp(-logZ)));
      return { logZ, ...growth(back.start, round) };
    }),
  );
  return (rounds, symbols) => {
    let any = 0;
    effort.spend(others.length * LOG_Z.length);
    for (const tries of bounds) {
      let least = 0;
      for (const { logZ, logFactor, logRate } of tries) {
        least = Math.min(least, logFactor + rounds * logRate - (symbols + 1) * logZ);
      }
      any += Math.exp(least);
    }
    return known(any, 'a bound');
  };
}
