/** A name in the directory of a lock that says: this process holds it, or is about to. */
export interface Claim {
  /** From now on whoever asks is told that the lock is held. */
  hold(): Promise<void>;
  withdraw(): Promise<void>;
}

/** What a claim of another process says; one that is gone may be removed. */
export type ClaimState = 'held' | 'candidate' | 'gone';

/** Where a claim stands. */
export interface ClaimPlace {
  readonly directory: string;
  /** In the directory. */
  readonly name: string;
}
