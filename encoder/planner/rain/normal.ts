/** The probability that a normal variable of mean 0 and deviation 1 is above `z`; precise to 13 digits. */
export function normalAbove(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  if (x < MIDDLE) return z > 0 ? (1 - errorFunction(x)) / 2 : (1 + errorFunction(x)) / 2;
  return z > 0 ? complement(x) / 2 : 1 - complement(x) / 2;
}

/** Below, the series has few terms; above, the continued fraction. */
const MIDDLE = 2;
const TERMS = 60;

/** M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions" (1964), 7.1.6: no term is negative. */
function errorFunction(x: number): number {
  let term = (2 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x);
  let sum = term;
  for (let n = 1; n < TERMS && term > sum * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return sum;
}

/** The same, 7.1.14. */
function complement(x: number): number {
  let fraction = x;
  for (let n = TERMS; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
