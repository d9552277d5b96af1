/** RFC 6330 section 5.3.3.3: the numbers that describe the constraint matrix of an extended source block. */

export let kPrime: u32 = 0;
/** Number of LDPC symbols. */
export let S: u32 = 0;
/** Number of HDPC symbols. */
export let H: u32 = 0;
/** Number of LT symbols. */
export let W: u32 = 0;
/** Number of intermediate symbols. */
export let L: u32 = 0;
/** Number of permanently inactive (PI) symbols. */
export let P: u32 = 0;
/** Smallest prime >= P. */
export let P1: u32 = 0;
/** Number of LT symbols that are not LDPC symbols. */
export let B: u32 = 0;
/** The systematic index J(K'). */
export let J: u32 = 0;

function isPrime(n: u32): bool {
  for (let d: u32 = 2; d * d <= n; d++) if (n % d == 0) return false;
  return n > 1;
}

/** Chooses the row K', J, S, H, W of Table 2. */
export function configure(k: u32, j: u32, s: u32, h: u32, w: u32): void {
  kPrime = k;
  J = j;
  S = s;
  H = h;
  W = w;
  L = k + s + h;
  P = L - w;
  B = w - s;
  P1 = P;
  while (!isPrime(P1)) P1++;
}
