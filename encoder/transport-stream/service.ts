import type { Carrier, Slate, TelevisionProgramme } from '../../codecs/mpegts/index.js';

/** A transport stream: what service its datagrams are in. */
export type StreamOptions = DataServiceOptions | TelevisionServiceOptions;

/** A transport stream of a constant bit rate. */
export type ConstantStream = StreamOptions & { readonly tsRate: number };

export interface DataServiceOptions {
  readonly service: 'data';
  /** Bits per second of the whole stream, held by null packets; without it the stream is as long as its content. */
  readonly tsRate: number | undefined;
  /** What tuners show. */
  readonly serviceName?: string;
}

export interface TelevisionServiceOptions {
  readonly service: 'television';
  /** Bits per second of the whole stream, held by null packets. */
  readonly tsRate: number;
  readonly carrier: Carrier;
  /** In the order of their numbers, from 1 on. */
  readonly programmes: readonly (TelevisionProgramme & { readonly slate: Slate })[];
}
