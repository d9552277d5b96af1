/** Plans transmissions: repair, passes and airtime for a rate and a loss model, and what receivers may expect. */

export {
  type EditionParameters,
  type EditionPlan,
  type OrderPlan,
  planEdition,
} from './edition/plan-edition.js';
export { typicalEdition } from './edition/typical.js';
export { PlanError } from './question/error.js';
export type { PlanModel } from './question/model.js';
export type { AirParameters, PlanParameters } from './question/parameters.js';
export { type Plan, plan, type Unmet } from './search/plan.js';
