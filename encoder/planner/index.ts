/** Plans transmissions: repair, passes and airtime for a rate and a loss model, and what receivers may expect. */

export { PlanError } from './question/error.js';
export type { PlanModel } from './question/model.js';
export type { AirParameters, PlanParameters } from './question/parameters.js';
export { type Plan, plan, type Unmet } from './search/plan.js';
