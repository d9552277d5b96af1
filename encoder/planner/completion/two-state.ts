/** A stationary channel with a good state, and a bad one in which all is lost; one unit may be a datagram or a second. */
export interface TwoState {
  /** Share of the bad state in the long run, above 0 and below 1. */
  readonly badShare: number;
  /** Logarithm of the correlation of the state with the one a unit later, below 0; -Infinity without memory. */
  readonly logCorrelation: number;
  /** Logarithm of the probability to stay in the good state all through a unit, once in it. */
  readonly logStay: number;
}

/** Less counts as this much, which keeps products of shares from vanishing. */
const LEAST_SHARE = 1e-15;
/** A sum of shares may come out so much below 1. */
const ROUNDING = 1e-9;

/**
 * The Gilbert channel by its mean loss and mean burst.
 *
 * E. N. Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39 (1960).
 *
 * @param burst 1 / (1 - meanLoss) or more: that of independent loss
 */
export function gilbertChannel(meanLoss: number, burst: number): TwoState {
  const loss = Math.max(LEAST_SHARE, meanLoss);
  const badToGood = 1 / burst;
  const goodToBad = (badToGood * loss) / (1 - loss);
  const changes = badToGood + goodToBad;
  return {
    badShare: loss,
    logCorrelation: changes < 1 - ROUNDING ? Math.log1p(-changes) : Number.NEGATIVE_INFINITY,
    logStay: Math.log1p(-goodToBad),
  };
}

/** The same in continuous time, where both states have exponentially distributed lengths; the unit is a second. */
export function fadingChannel(meanShare: number, meanSeconds: number): TwoState {
  const share = Math.max(LEAST_SHARE, meanShare);
  const endOfFade = 1 / meanSeconds;
  const startOfFade = (endOfFade * share) / (1 - share);
  return { badShare: share, logCorrelation: -endOfFade - startOfFade, logStay: -startOfFade };
}

/**
 * Symbols that are sent one after the other over a channel with memory. The state before a symbol is good (0) or bad (1);
 * after a symbol that arrives it is good.
 */
export interface SymbolChain {
  /** Probability that the next symbol arrives, by the state before it. */
  readonly received: readonly [number, number];
  /** Probability that it is lost and leaves state j, by the state i before it: [i][j]. */
  readonly lost: readonly [readonly [number, number], readonly [number, number]];
  /** Probability of each state before the first symbol. */
  readonly start: readonly [number, number];
}

/**
 * Symbols that arrive when the channel is good `gap` units after the last symbol's end, stays good for the `span` units
 * of the symbol, and no independent loss hits it.
 *
 * @param gap 0 or more
 * @param span 0 for a symbol that takes the state of one moment
 */
export function symbolChain(
  { badShare, logCorrelation, logStay }: TwoState,
  gap: number,
  span: number,
  independentLoss: number,
): SymbolChain {
  const goodShare = 1 - badShare;
  const [gapGoodToBad, gapBadToGood] = change(badShare, logCorrelation, gap);
  const [goodToBad, badToGood] = change(badShare, logCorrelation, gap + span);
  const intact = (span === 0 ? 1 : Math.exp(span * logStay)) * (1 - independentLoss);
  const received = [(1 - gapGoodToBad) * intact, gapBadToGood * intact] as const;
  return {
    received,
    lost: [
      [Math.max(0, 1 - goodToBad - received[0]), goodToBad],
      [Math.max(0, badToGood - received[1]), 1 - badToGood],
    ],
    start: [goodShare, badShare],
  };
}

/** Symbols of which each comes after a gap of one of two lengths, independently of the others. @param share of the first */
export function mixedChain(share: number, a: SymbolChain, b: SymbolChain): SymbolChain {
  const mean = ([x, y]: readonly [number, number], [u, v]: readonly [number, number]) =>
    [share * x + (1 - share) * u, share * y + (1 - share) * v] as const;
  return {
    received: mean(a.received, b.received),
    lost: [mean(a.lost[0], b.lost[0]), mean(a.lost[1], b.lost[1])],
    start: a.start,
  };
}

/** Probabilities of good to bad and of bad to good after some units; differences of nearly equal numbers are avoided. */
function change(badShare: number, logCorrelation: number, units: number): [number, number] {
  if (units === 0) return [0, 0];
  const forgotten = -Math.expm1(units * logCorrelation);
  return [badShare * forgotten, (1 - badShare) * forgotten];
}
