/** Park and Miller's minimal standard generator, as RFC 5170 section 5.7 has it. */
export interface ParkMiller {
  /** A number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** The state, which is what the generator draws: 1..2^31-2. */
  readonly state: number;
}

const MULTIPLIER = 16_807;
const MODULUS = 2 ** 31 - 1;

/** @param seed 1..2^31-2 */
export function parkMiller(seed: number): ParkMiller {
  if (!Number.isInteger(seed) || seed < 1 || seed >= MODULUS) {
    throw new RangeError(`The seed is ${seed}; it is a whole number from 1 to ${MODULUS - 1}.`);
  }
  let state = seed;
  return {
    get state() {
      return state;
    },
    below(limit) {
      // The product has 46 bits at most: exact in a double.
      state = (MULTIPLIER * state) % MODULUS;
      return Math.floor((limit * state) / MODULUS);
    },
  };
}
