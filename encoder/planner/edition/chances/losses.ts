import { PACKET_OVERHEAD } from '../prepare.js';
import type { Stream } from '../stream.js';

/** The datagrams by which the channel counts. */
export interface Datagrams {
  /** Time from one to the next. */
  readonly seconds: number;
  /** Bytes of UDP payload of one that takes so long. */
  readonly length: number;
}

/** What a datagram of another length takes. */
export function secondsOf({ seconds, length }: Datagrams, other: number): number {
  return (seconds * (other + PACKET_OVERHEAD)) / (length + PACKET_OVERHEAD);
}

/** What is lost of a stream. */
export interface Losses {
  /** Losses are independent of each other: symbols count together wherever they are sent. */
  readonly isIndependent: boolean;
  /** The probability that `symbols` of a stream do not give what needs `needed` of them; with `needed` 0, that none arrives. */
  failure(stream: Stream, needed: number, symbols: number): number;
  /**
   * Two things fail, of which one is sent so many seconds after the other, at most so many times as often as if they had nothing to
   * do with each other. Undefined where no bound is known.
   */
  togetherAfter?(seconds: number): number;
}
