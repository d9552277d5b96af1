/** Plans transmissions: repair, passes and airtime for a rate and a loss model, and what receivers may expect. */

export type { AirParameters } from './air.js';
export { PlanError, type PlanModel } from './model.js';
export type { PlanParameters } from './parameters.js';
export { type Plan, plan, type Unmet } from './plan.js';
