/** What the blocks have in common. */
export interface Blocks {
  readonly count: number;
  /** K, of the longest. */
  readonly sourceSymbols: number;
}

/** So many symbols, or rounds, are needed with this probability; the weights of all steps add up to almost 1. */
export interface Step {
  readonly needed: number;
  readonly weight: number;
}
