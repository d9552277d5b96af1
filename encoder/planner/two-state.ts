/** A stationary channel with a good state, and a bad one in which all is lost; one unit may be a datagram or a second. */
export interface TwoState {
  /** Share of the bad state in the long run, above 0 and below 1. */
  readonly badShare: number;
  /** Correlation of the state with the one a unit later, 0 to below 1. */
  readonly correlation: number;
  /** Probability to stay in the good state all through a unit, once in it. */
  readonly stay: number;
}

/**
 * The Gilbert channel by its mean loss and mean burst. Where a loss makes the next one less likely than independent
 * loss would, it is taken for independent.
 *
 * E. N. Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39 (1960).
 */
export function gilbertChannel(loss: number, burst: number): TwoState {
  const badToGood = 1 / burst;
  const goodToBad = (badToGood * loss) / (1 - loss);
  const correlation = 1 - badToGood - goodToBad;
  return correlation > 0
    ? { badShare: loss, correlation, stay: 1 - goodToBad }
    : { badShare: loss, correlation: 0, stay: 1 - loss };
}

/** The same in continuous time, where both states have exponentially distributed lengths; the unit is a second. */
export function fadingChannel(share: number, meanSeconds: number): TwoState {
  const endOfFade = 1 / meanSeconds;
  const startOfFade = (endOfFade * share) / (1 - share);
  return {
    badShare: share,
    correlation: Math.exp(-endOfFade - startOfFade),
    stay: Math.exp(-startOfFade),
  };
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
 * @param span 0 for a symbol that takes the state of one moment
 */
export function symbolChain(
  { badShare, correlation, stay }: TwoState,
  gap: number,
  span: number,
  independentLoss: number,
): SymbolChain {
  const goodShare = 1 - badShare;
  const [gapGoodToBad, gapBadToGood] = change(badShare, correlation, gap);
  const [goodToBad, badToGood] = change(badShare, correlation, gap + span);
  const intact = stay ** span * (1 - independentLoss);
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

/** Probabilities of good to bad and of bad to good after some units; differences of nearly equal numbers are avoided. */
function change(badShare: number, correlation: number, units: number): [number, number] {
  if (units < ROUNDING) return [0, 0];
  const forgotten = correlation === 0 ? 1 : -Math.expm1(units * Math.log(correlation));
  return [badShare * forgotten, (1 - badShare) * forgotten];
}

/** Differences of numbers of units that should be nothing. */
const ROUNDING = 1e-9;
