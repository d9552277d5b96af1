/** A probability that was estimated from trials, with its confidence interval. */
export interface Interval {
  readonly probability: number;
  readonly low: number;
  readonly high: number;
}

/** Quantile of the normal distribution for 95 %. */
const Z95 = 1.959963984540054;

/**
 * The score interval of E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
 * (1927): it stays within 0 and 1 and holds near them too.
 *
 * @param trials 1 or more
 * @param z quantile of the normal distribution, 1.96 for 95 %
 */
export function wilson(successes: number, trials: number, z: number = Z95): Interval {
  const probability = successes / trials;
  const weight = z ** 2 / trials;
  const centre = (probability + weight / 2) / (1 + weight);
  const half =
    (z / (1 + weight)) * Math.sqrt((probability * (1 - probability)) / trials + weight / trials / 4);
  return {
    probability,
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
  };
}
