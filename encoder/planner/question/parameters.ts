import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { PlanModel } from './model.js';

/** What is sent, and on which terms. */
export interface AirParameters {
  readonly schemes: FecSchemes;
  /** Bytes of the transfer object, 1 or more. */
  readonly transferLength: number;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** Name of the content; the file delivery table carries it. */
  readonly name: string;
}

/** What is asked of a plan. */
export interface PlanParameters extends AirParameters {
  readonly model: PlanModel;
  /** Probability of a complete reception that is asked for, above 0 and below 1. */
  readonly confidence: number;
  /** Seconds that the transmission may take at most. */
  readonly duration?: number;
}
