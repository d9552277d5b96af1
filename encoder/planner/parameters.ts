import type { AirParameters } from './air.js';
import type { PlanModel } from './model.js';

/** What is asked of a plan. */
export interface PlanParameters extends AirParameters {
  readonly model: PlanModel;
  /** Probability of a complete reception that is asked for, above 0 and below 1. */
  readonly confidence: number;
  /** Seconds that the transmission may take at most. */
  readonly duration?: number;
}
