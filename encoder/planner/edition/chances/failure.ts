/**
 * How likely it is that a block is not rebuilt from so many of its symbols. Independent loss: exact. Channels with memory: at
 * most, by the generating function of the number R that is received. With K + h symbols decoding fails with probability
 * 10^-2(h+1), which is w^(h+1) at most for w of 0.01 and more; so for every such w up to 1
 *
 *   P(not rebuilt) <= E[w^R] / w^(K-1)
 *
 * (H. Chernoff, Annals of Mathematical Statistics 23, 1952). E[w^R] is a product of 2 x 2 matrices: symbols in a row are one
 * datagram apart, rows are further apart.
 */

import { counted } from '../../completion/chernoff.js';
import { independentCompletion } from '../../completion/completion.js';
import type { Effort } from '../../completion/effort.js';
import { logTotal, multiply, power } from '../../completion/matrix.js';
import { isHarmless, sampling } from '../../completion/reception.js';
import { symbolChain } from '../../completion/two-state.js';
import { known } from '../../question/error.js';
import type { ChainModel, Channel } from '../../question/model.js';
import { rowGap } from '../stream.js';
import type { Datagrams, Losses } from './losses.js';
import { sparedBy, sparedLosses } from './spared.js';

/** Logarithm of the least w: decoding fails with 0.01 at K symbols. */
const LOG_LEAST = Math.log(0.01);
/** Steps in which the best w is found; the bound holds for each. */
const SEARCH = 24;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** What a binomial sum takes, in steps. */
const BINOMIAL_STEPS = 1000;
/** What one bound takes, in steps. */
const BOUND_STEPS = 3000;
/** Nothing is lost: K symbols that are not the source symbols may still fail. */
const LEAST_LOSS = 1e-12;

/** What is lost while the sender is seen: windows are no matter of it. */
export function createLosses(channel: Channel, datagrams: Datagrams, effort: Effort): Losses {
  const { independentLoss, structure } = channel;
  if (structure === undefined || structure.model === 'pass' || isHarmless(structure)) {
    const loss = Math.max(LEAST_LOSS, independentLoss);
    return {
      isIndependent: true,
      failure(_, needed, symbols) {
        effort.spend(BINOMIAL_STEPS);
        if (needed === 0) return loss ** symbols;
        return 1 - independentCompletion({ count: 1, sourceSymbols: needed }, loss)(symbols);
      },
    };
  }
  const spared = sparedBy(structure, datagrams, effort);
  if (spared !== undefined) return sparedLosses(spared, independentLoss);
  const samplingOf = (length: number) =>
    sampling(structure as ChainModel, { datagramSeconds: datagrams.seconds, datagramLength: length });
  const { channel: states, perDatagram } = samplingOf(datagrams.length);
  const failure: Losses['failure'] = (stream, needed, symbols) => {
    if (symbols < Math.max(1, needed)) return 1;
    effort.spend(BOUND_STEPS);
    const { span } = samplingOf(stream.length);
    const chainOf = (distance: number) =>
      symbolChain(states, Math.max(0, distance * perDatagram - span), span, independentLoss);
    // Bursts count datagrams; all else is lost by time or length, of which a short datagram takes little.
    const own = structure.model === 'gilbert-elliott' ? 1 : stream.length / datagrams.length;
    const inRow = chainOf(own);
    const between = chainOf(rowGap(stream, own * datagrams.seconds) / datagrams.seconds);
    const rows = Math.floor(symbols / stream.row);
    const rest = symbols - rows * stream.row;
    const logExpected = (w: number) => {
      const adjacent = counted(inRow, w);
      const row = multiply(counted(between, w), power(adjacent, stream.row - 1));
      const all = multiply(power(row, rows), power(adjacent, rest));
      return logTotal(inRow.start, all);
    };
    return needed === 0 ? Math.min(1, Math.exp(logExpected(0))) : leastBound(logExpected, needed);
  };
  return { isIndependent: false, failure };
}

/** The least of the bounds E[w^R] / w^(needed - 1), 1 at most. @param logExpected logarithm of E[w^R], by w */
export function leastBound(logExpected: (w: number) => number, needed: number): number {
  const logBound = least((log) => logExpected(Math.exp(log)) - (needed - 1) * log);
  return Math.min(1, known(Math.exp(logBound), 'a bound'));
}

/** The least value of a convex function of log w that is found, by the golden section. */
function least(value: (log: number) => number): number {
  let low = LOG_LEAST;
  let high = 0;
  let best = Math.min(value(low), 0);
  for (let step = 0; step < SEARCH; step++) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    const [atLeft, atRight] = [value(left), value(right)];
    best = Math.min(best, atLeft, atRight);
    if (atLeft < atRight) high = right;
    else low = left;
  }
  return best;
}
