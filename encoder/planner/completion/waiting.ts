import type { SymbolChain } from './two-state.js';

/** Numbers are scaled down when they grow beyond it. */
const LARGE = 1e200;
const SMALL = 1e-250;

/** Writes the next probabilities, one for each element. */
export type Waiting = (next: Float64Array) => void;

/**
 * The distribution of the number of symbols sent until `needed` of them have arrived: one after the other, the probability
 * that at most 0, 1, 2, ... are lost before.
 *
 * Each symbol that arrives renews the chain, so the losses between two of them are independent, with the generating
 * function g(s) = r (1 - n s) / ((1 - p s) (1 - q s)), where p and q are the eigenvalues of the matrix of losses (W. Feller,
 * "An Introduction to Probability Theory and Its Applications", volume I, chapters XI and XIII). F = g^m obeys
 * F' = m F (g' / g), a recurrence for its coefficients; with g' / g in partial fractions all terms are positive, so nothing
 * cancels however long the bursts are.
 *
 * @param needed 1 or more
 */
export function createWaiting(chain: SymbolChain, needed: number): Waiting {
  const { received, lost, start } = chain;
  const [[l00, l01], [l10, l11]] = lost;
  const [r0, r1] = received;
  if (r0 < Number.MIN_VALUE * 1e16) return (next) => next.fill(0);
  const determinant = l00 * l11 - l01 * l10;
  const p = (l00 + l11 + Math.sqrt((l00 - l11) ** 2 + 4 * l01 * l10)) / 2;
  const q = p === 0 ? 0 : determinant / p;
  const coupling = (l01 * r1) / r0;
  const n = l11 - coupling;
  // p - n, without the difference of nearly equal numbers when bursts are long.
  const isClose = n > p / 2 && n - q > p / 4;
  const delta = isClose ? (coupling * (n - l00) + l01 * l10) / (n - q) : p - n;

  const gaps = needed - 1;
  const fromGood = start[0] * r0;
  const fromBad = start[1] * r1;
  const fromBadLater = start[1] * (l10 * r0 - r1 * l00);
  // Between calls; within one the numbers are local, which is ten times as fast.
  const state = {
    f: 1,
    before: 0,
    byN: 0,
    byNP: 0,
    byQ: 0,
    byP: 0,
    fromBadByP: 0,
    first: 0,
    total: 0,
    index: 0,
    logScale: gaps * Math.log(r0),
  };
  return (next) => {
    let { f, before, byN, byNP, byQ, byP, fromBadByP, first, total, index, logScale } = state;
    let scale = Math.exp(logScale);
    for (let position = 0; position < next.length; position++) {
      // Each is F passed through one or two of the factors 1 / (1 - x s).
      byP = p * byP + before;
      fromBadByP = p * fromBadByP + fromBad * f + fromBadLater * before;
      first = q * first + fromGood * (f + delta * byP) + fromBadByP;
      total += first;
      next[position] = Math.min(1, Math.max(0, total * scale));

      byN = n * byN + f;
      byNP = p * byNP + byN;
      byQ = q * byQ + f;
      before = f;
      index++;
      f = (gaps / index) * (delta * byNP + q * byQ);
      if (byNP > LARGE || total > LARGE) {
        logScale += Math.log(LARGE);
        scale = Math.exp(logScale);
        f /= LARGE;
        before /= LARGE;
        byN /= LARGE;
        byNP /= LARGE;
        byQ /= LARGE;
        byP /= LARGE;
        fromBadByP /= LARGE;
        first /= LARGE;
        total /= LARGE;
      }
    }
    // Numbers near the least ones that there are take long, and make no difference.
    const kept = (value: number) => (Math.abs(value) < SMALL ? 0 : value);
    state.f = kept(f);
    state.before = kept(before);
    state.byN = kept(byN);
    state.byNP = kept(byNP);
    state.byQ = kept(byQ);
    state.byP = kept(byP);
    state.fromBadByP = kept(fromBadByP);
    state.first = kept(first);
    state.total = total;
    state.index = index;
    state.logScale = logScale;
  };
}
