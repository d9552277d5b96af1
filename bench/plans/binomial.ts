/** The probability of `most` hits at most in so many trials. @param probability of a hit, 0 to 1 */
export function binomialAtMost(trials: number, probability: number, most: number): number {
  if (most >= trials) return 1;
  if (probability >= 1) return 0;
  if (probability <= 0) return 1;
  let log = trials * Math.log1p(-probability);
  let sum = Math.exp(log);
  for (let hits = 1; hits <= most; hits++) {
    log += Math.log((trials - hits + 1) / hits) + Math.log(probability) - Math.log1p(-probability);
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** How sure a broken promise is found out. */
const POWER = 0.9;
const HALVINGS = 40;

/**
 * The least share of receivers that fail with which a promise is found to be broken in nine of ten runs; more than 1 when none
 * is.
 *
 * @param promised share of receivers that do not fail
 * @param level how seldom a promise that is kept is taken for broken
 */
export function missedWithCertainty(trials: number, promised: number, level: number): number {
  // So many at most are too few.
  let few = -1;
  for (let low = -1, high = trials; high - low > 1; ) {
    const middle = Math.floor((low + high) / 2);
    if (binomialAtMost(trials, promised, middle) < level) {
      low = middle;
      few = middle;
    } else high = middle;
  }
  if (few < 0) return Number.POSITIVE_INFINITY;
  let [low, high] = [1 - promised, 1];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (binomialAtMost(trials, 1 - middle, few) >= POWER) high = middle;
    else low = middle;
  }
  return high;
}
