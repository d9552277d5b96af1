/** Plans transmissions: repair, passes and airtime for a rate and a loss model, and what receivers may expect. */

export type { AirParameters } from './air.js';
export { PlanError, type PlanModel } from './model.js';
export { type Plan, type PlanParameters, plan, type Unmet } from './plan.js';
