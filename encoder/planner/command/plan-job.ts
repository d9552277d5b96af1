import type { JobKind } from '../../threads/pool.js';
import type { BundlesParameters, BundlesPlan } from '../bundles/plan-bundles.js';
import type { EditionParameters, EditionPlan } from '../edition/plan-edition.js';

/** What is asked of a plan, but for the codes, which each thread loads by itself. */
export type Question = Omit<EditionParameters, 'schemes'>;

/** A question becomes a plan: in a thread, as it may take seconds in which signals are to be heard. */
export const PLAN: JobKind<undefined, Question, EditionPlan> = {
  name: 'plan',
  prepare: async () => {
    const { loadFecSchemes } = await import('../../../codecs/fec/index.js');
    const { planEdition } = await import('../edition/plan-edition.js');
    const schemes = await loadFecSchemes();
    return (question) => planEdition({ ...question, schemes });
  },
};

export type ChannelQuestion = Omit<BundlesParameters, 'schemes'>;

/** The same of the bundles of a channel. */
export const PLAN_CHANNEL: JobKind<undefined, ChannelQuestion, BundlesPlan> = {
  name: 'plan-channel',
  prepare: async () => {
    const { loadFecSchemes } = await import('../../../codecs/fec/index.js');
    const { planBundles } = await import('../bundles/plan-bundles.js');
    const schemes = await loadFecSchemes();
    return (question) => planBundles({ ...question, schemes });
  },
};
