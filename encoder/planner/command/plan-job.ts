import type { JobKind } from '../../threads/pool.js';
import type { PlanParameters } from '../question/parameters.js';
import type { Plan } from '../search/plan.js';

/** What is asked of a plan, but for the codes, which each thread loads by itself. */
export type Question = Omit<PlanParameters, 'schemes'>;

/** A question becomes a plan: in a thread, as it may take seconds in which signals are to be heard. */
export const PLAN: JobKind<undefined, Question, Plan> = {
  name: 'plan',
  prepare: async () => {
    const { loadFecSchemes } = await import('../../../codecs/fec/index.js');
    const { plan } = await import('../search/plan.js');
    const schemes = await loadFecSchemes();
    return (question) => plan({ ...question, schemes });
  },
};
