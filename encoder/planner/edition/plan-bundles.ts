import type { RepairGoal } from '../../session/repair.js';
import { createEffort } from '../completion/effort.js';
import { requireReception } from '../question/goal.js';
import { type PlanModel, takeApart } from '../question/model.js';
import { carouselEditions } from './carousel.js';
import {
  inCarousel,
  listenTo,
  longestWait,
  type Stage,
  soonerOnAverage,
  stageKinds,
  timesFromJoining,
} from './chances/stages.js';
import { type EditionAirParameters, type PlannedObject, prepareEdition } from './prepare.js';

/** A bundle of a channel. */
export interface PlannedBundle {
  readonly name: string;
  /** The index, then the parts in the order in which they matter. */
  readonly objects: readonly PlannedObject[];
  readonly weight: number;
  /** Of a pass. */
  readonly repair: RepairGoal;
}

export interface BundlesParameters extends Omit<EditionAirParameters, 'objects' | 'name'> {
  /** One or more. */
  readonly bundles: readonly PlannedBundle[];
  readonly model: PlanModel;
  /** Probability of a complete reception, above 0 and below 1. */
  readonly confidence: number;
}

export interface BundlePlan {
  readonly name: string;
  readonly parts: number;
  /** Bytes of index and parts. */
  readonly bytes: number;
  /** Seconds from one pass to the next. */
  readonly pass: number;
  /** For whoever joins: the front, each class, and everything. */
  readonly stages: readonly Pick<Stage, 'kind' | 'joining'>[];
}

export interface BundlesPlan {
  readonly model: PlanModel;
  readonly rate: number;
  readonly confidence: number;
  readonly bundles: readonly BundlePlan[];
}

/**
 * When receivers that join have the bundles of a channel, all of which are on the air the whole time.
 *
 * @throws PlanError when nothing can be planned for the parameters, EncodeError when the code has no room for an object
 */
export function planBundles({ bundles, model, confidence, ...air }: BundlesParameters): BundlesPlan {
  const channel = takeApart(model);
  requireReception(channel);
  const onAir = bundles.map(({ name, objects, weight, repair }) => {
    const prepared = prepareEdition({ ...air, name, objects });
    return { prepared, objects: prepared.coded(repair), weight };
  });
  const carousels = carouselEditions(onAir);
  return {
    model,
    rate: air.rate,
    confidence,
    bundles: bundles.map(({ name, objects }, i): BundlePlan => {
      const carousel = carousels[i]!;
      const effort = createEffort();
      const listening = listenTo(carousel, channel, effort);
      const longest = longestWait(carousel, channel);
      const sooner = soonerOnAverage(carousel, channel);
      return {
        name,
        parts: objects.length - 1,
        bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
        pass: carousel.period,
        stages: stageKinds(carousel.airings).map((kind) => ({
          kind,
          joining: timesFromJoining(
            inCarousel(carousel, listening, channel, kind, effort),
            { longest, sooner },
            confidence,
            effort,
          ),
        })),
      };
    }),
  };
}
