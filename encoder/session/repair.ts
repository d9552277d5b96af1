import type { SourceBlock } from '../../codecs/fec/index.js';
import { EncodeError } from '../error.js';

/** How many repair symbols a block gets. */
export type RepairGoal =
  /** Repair symbols as a fraction of the source symbols, 0 or more. */
  | { readonly kind: 'fraction'; readonly fraction: number }
  /** Independent loss of datagrams, 0..MAX_LOSS, at which all blocks are still rebuilt. */
  | { readonly kind: 'loss'; readonly loss: number };

/** Probability that the object is rebuilt at the loss it was planned for. */
export const REBUILD_PROBABILITY = 0.9999;
/** Beyond it the repair would be a hundred times the object. */
export const MAX_LOSS = 0.99;

/**
 * The chance that RaptorQ fails with K + `extra` symbols (RFC 6330 is built for 10^-2, 10^-4, 10^-6, ...); K symbols
 * less are never enough.
 */
export function decodingFailure(extra: number): number {
  return extra < 0 ? 1 : 10 ** (-2 * (extra + 1));
}

/** Terms smaller than this share of what has been summed up cannot change it. */
const NEGLIGIBLE = 1e-12;

/**
 * The probability that a block is not rebuilt: the number of symbols received follows the binomial distribution, and
 * with K + h of them decoding fails with probability 10^-2(h+1).
 *
 * @param sourceSymbols K
 * @param sent encoding symbols sent, K or more
 * @param loss probability that a symbol is lost, each by itself
 */
export function blockFailure(sourceSymbols: number, sent: number, loss: number): number {
  // Nothing lost: the source symbols themselves are the block.
  if (loss === 0) return 0;
  if (loss >= 1) return 1;
  // Downwards from K - 1 received symbols the terms fall as soon as they are below the mean.
  let failure = 0;
  const mean = sent * (1 - loss);
  for (let received = sourceSymbols - 1; received >= 0; received--) {
    const term = binomial(sent, received, loss);
    failure += term;
    if (received < mean && term <= failure * NEGLIGIBLE) break;
  }
  for (let extra = 0; sourceSymbols + extra <= sent; extra++) {
    const weight = decodingFailure(extra);
    if (weight <= failure * NEGLIGIBLE) break;
    failure += weight * binomial(sent, sourceSymbols + extra, loss);
  }
  return Math.min(1, failure);
}

/**
 * The fewest symbols to send so that a block of `sourceSymbols` fails with probability `failure` at most.
 *
 * @throws RangeError unless the loss is at least 0 and below 1
 */
export function symbolsToSend(sourceSymbols: number, loss: number, failure: number): number {
  if (!(loss >= 0 && loss < 1)) throw new RangeError(`The loss is ${loss}; it is at least 0 and below 1.`);
  if (loss === 0) return sourceSymbols;
  const enough = (sent: number) => blockFailure(sourceSymbols, sent, loss) <= failure;
  let high = sourceSymbols + 1;
  while (!enough(high)) high *= 2;
  let low = sourceSymbols - 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Repair symbols for each block.
 *
 * @param objects that are to be rebuilt together with the one that has these blocks, this one included
 * @throws EncodeError when they would need a higher ESI than the code has
 */
export function repairSymbols(
  blocks: readonly SourceBlock[],
  goal: RepairGoal,
  objects: number,
  maxEsi: (block: SourceBlock) => number,
): number[] {
  // All blocks share the allowance equally; their lengths differ by one symbol at most, so few are computed.
  const allowance = (1 - REBUILD_PROBABILITY) / objects / blocks.length;
  const known = new Map<number, number>();
  return blocks.map((block) => {
    const { sourceSymbols } = block;
    let repair = known.get(sourceSymbols);
    if (repair === undefined) {
      repair =
        goal.kind === 'fraction'
          ? Math.ceil(sourceSymbols * goal.fraction * (1 - NEGLIGIBLE))
          : symbolsToSend(sourceSymbols, goal.loss, allowance) - sourceSymbols;
      known.set(sourceSymbols, repair);
    }
    const available = maxEsi(block) + 1 - sourceSymbols;
    if (repair > available) {
      throw new EncodeError(
        `Source block ${block.sbn} would need ${repair} repair symbols; there are ${available}. Ask for less repair.`,
      );
    }
    return repair;
  });
}

/** The independent loss that a goal is made for: with a fraction r of repair, r / (1 + r). */
export function designLoss(goal: RepairGoal): number {
  return goal.kind === 'loss' ? goal.loss : goal.fraction / (1 + goal.fraction);
}

/** The probability that `received` of `sent` symbols arrive. @param loss above 0 and below 1 */
export function binomial(sent: number, received: number, loss: number): number {
  const ways = logFactorial(sent) - logFactorial(received) - logFactorial(sent - received);
  return Math.exp(ways + received * Math.log1p(-loss) + (sent - received) * Math.log(loss));
}

/** Exact up to here, by Stirling's series beyond, where its error is below 1e-16. */
const SMALL_FACTORIALS = 256;
const logFactorials = [0];
for (let n = 1; n < SMALL_FACTORIALS; n++) logFactorials.push(logFactorials[n - 1]! + Math.log(n));

function logFactorial(n: number): number {
  if (n < SMALL_FACTORIALS) return logFactorials[n]!;
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}
