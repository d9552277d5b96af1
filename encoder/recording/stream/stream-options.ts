import type { Carrier, Slate } from '../../../codecs/mpegts/index.js';

/** A transport stream: what service its datagrams are in. */
export type StreamOptions = DataServiceOptions | TelevisionServiceOptions;

export interface DataServiceOptions {
  readonly service: 'data';
  /** Bits per second of the whole stream, held by null packets; without it the stream is as long as its content. */
  readonly tsRate: number | undefined;
}

export interface TelevisionServiceOptions {
  readonly service: 'television';
  /** Bits per second of the whole stream, held by null packets. */
  readonly tsRate: number;
  readonly carrier: Carrier;
  readonly slate: Slate;
}

/** Told how many datagrams are in the stream. */
export type OnPacketized = (datagrams: number) => void;
