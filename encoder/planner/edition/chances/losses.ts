import type { Stream } from '../stream.js';

/** What a stream is made of. */
export interface Datagrams {
  /** Mean time from one datagram to the next, at least. */
  readonly seconds: number;
  /** Most bytes of UDP payload. */
  readonly length: number;
}

/** What is lost of a stream. */
export interface Losses {
  /** Losses are independent of each other: symbols count together wherever they are sent. */
  readonly isIndependent: boolean;
  /** The probability that `symbols` of a stream do not give what needs `needed` of them; with `needed` 0, that none arrives. */
  failure(stream: Stream, needed: number, symbols: number): number;
}
