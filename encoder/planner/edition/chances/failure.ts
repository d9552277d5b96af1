/**
 * How likely it is that a block is not rebuilt from so many of its symbols. Independent loss: exact. Channels with memory: exact
 * for some ten thousands of symbols, and beyond at most, by the generating function of the number R that is received. With K + h symbols decoding fails with probability
 * 10^-2(h+1), which is w^(h+1) at most for w of 0.01 and more; so for every such w up to 1
 *
 *   P(not rebuilt) <= E[w^R] / w^(K-1)
 *
 * (H. Chernoff, Annals of Mathematical Statistics 23, 1952). E[w^R] is a product of 2 x 2 matrices: symbols in a row are one
 * datagram apart, rows are further apart.
 */

import { counted } from '../../completion/chernoff.js';
import {
  blockCompletion,
  type Completion,
  independentCompletion,
  tableCompletion,
} from '../../completion/completion.js';
import type { Effort } from '../../completion/effort.js';
import { logTotal, multiply, power } from '../../completion/matrix.js';
import { isHarmless, sampling } from '../../completion/reception.js';
import { rowsCompletion } from '../../completion/rows.js';
import { mixedChain, type SymbolChain, symbolChain } from '../../completion/two-state.js';
import { known } from '../../question/error.js';
import type { ChainModel, Channel } from '../../question/model.js';
import { rowGap, type Stream } from '../stream.js';
import { type Datagrams, type Losses, secondsOf } from './losses.js';
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
/** On channels with memory so many symbols, or counts of symbols in rows, are looked at one by one. */
const MOST_EXACT = 2 ** 16;
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
  const { chainsOf, togetherAfter } = streamChains(structure as ChainModel, independentLoss, datagrams);
  const completions = new Map<string, Completion>();
  const exactly = (stream: Stream, needed: number, symbols: number) => {
    const key = `${stream.length} ${rowGap(stream, 0)} ${stream.short?.gap} ${stream.short?.share} ${stream.row} ${stream.inRow} ${needed}`;
    let completion = completions.get(key);
    if (completion === undefined) {
      const { inRow, between } = chainsOf(stream);
      if (stream.row > 1) completion = rowsCompletion(needed, stream.row, inRow, between, effort);
      else if (needed === 0) completion = tableCompletion(1, between, effort);
      else completion = blockCompletion(needed, between, effort);
      completions.set(key, completion);
    }
    return 1 - completion(symbols);
  };
  const failure: Losses['failure'] = (stream, needed, symbols) => {
    if (symbols < Math.max(1, needed)) return 1;
    const most = stream.row === 1 ? MOST_EXACT : Math.floor(MOST_EXACT / (needed + 1));
    if (symbols <= most) return exactly(stream, needed, symbols);
    effort.spend(BOUND_STEPS);
    const bound = boundOf(chainsOf(stream), stream.row, needed, symbols);
    return most < needed ? bound : Math.min(bound, exactly(stream, needed, most));
  };
  return { isIndependent: false, failure, togetherAfter };
}

/** At most the probability that so many symbols in rows do not give what needs `needed` of them. */
function boundOf({ inRow, between }: StreamChains, row: number, needed: number, symbols: number): number {
  const rows = Math.floor(symbols / row);
  const rest = symbols - rows * row;
  const logExpected = (w: number) => {
    const adjacent = counted(inRow, w);
    const one = multiply(counted(between, w), power(adjacent, row - 1));
    return logTotal(inRow.start, multiply(power(one, rows), power(adjacent, rest)));
  };
  return needed === 0 ? Math.min(1, Math.exp(logExpected(0))) : leastBound(logExpected, needed);
}

/** From one symbol of a stream to the next: in a row, and from the last of a row to the first of the next. */
interface StreamChains {
  readonly inRow: SymbolChain;
  readonly between: SymbolChain;
}

function streamChains(structure: ChainModel, independentLoss: number, datagrams: Datagrams) {
  const samplingOf = (length: number) =>
    sampling(structure, { datagramSeconds: datagrams.seconds, datagramLength: length });
  const { channel: states, perDatagram, isShared } = samplingOf(datagrams.length);
  const perSecond = perDatagram / datagrams.seconds;
  const chainsOf = (stream: Stream): StreamChains => {
    const { span } = samplingOf(stream.length);
    // Bursts count datagrams; all else is lost by time or length, of which a short datagram takes little.
    const own =
      structure.model === 'gilbert-elliott' ? datagrams.seconds : secondsOf(datagrams, stream.length);
    const chainOf = (seconds: number) => {
      // A datagram that shares packets takes its own time.
      const gap = perSecond * (isShared ? seconds - own : seconds);
      return symbolChain(states, Math.max(0, gap), span, independentLoss);
    };
    const inRow = Math.max(own, stream.inRow ?? 0);
    const gap = rowGap(stream, inRow);
    const { share, gap: least } = stream.short ?? { share: 0, gap };
    const short = Math.min(gap, Math.max(own, least));
    const long = share < 1 ? (gap - share * short) / (1 - share) : gap;
    return { inRow: chainOf(inRow), between: mixedChain(share, chainOf(short), chainOf(long)) };
  };
  // What is sent later begins in a state that is at most so many times as likely after one state as it is at any time.
  const { badShare, logCorrelation } = states;
  const odds = Math.max(badShare / (1 - badShare), (1 - badShare) / badShare);
  const togetherAfter = (seconds: number) => 1 + odds * Math.exp(perSecond * seconds * logCorrelation);
  return { chainsOf, togetherAfter };
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
