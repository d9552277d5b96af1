import type { Rules } from '../../send/multiplex/timetable.js';
import type { RepairGoal } from '../../session/repair.js';
import { createEffort } from '../completion/effort.js';
import { type Carousel, carousels, type Pass } from '../edition/carousel.js';
import {
  inCarousel,
  listenTo,
  longestWait,
  NEVER,
  type StageKind,
  soonerOnAverage,
  stageKinds,
  timesFromJoining,
} from '../edition/chances/stages.js';
import { noLater, type Times } from '../edition/chances/times.js';
import { type EditionAirParameters, type PlannedObject, prepareEdition } from '../edition/prepare.js';
import type { EditionAir } from '../edition/recording.js';
import { requireReception } from '../question/goal.js';
import { type Channel, type PlanModel, takeApart } from '../question/model.js';
import { type OncePlan, planOnce } from './plan-once.js';
import { inRounds, type Rounds, roundsOf } from './rounds.js';
import { type PassTimes, passTimes, type Sharing } from './shares.js';

/** A bundle of a channel. */
export interface PlannedBundle extends Omit<Sharing, 'carousel'> {
  readonly name: string;
  /** The index, then the parts in the order in which they matter. */
  readonly objects: readonly PlannedObject[];
  readonly order: 'mixed' | 'sequence';
  /** Milliseconds within which index and front are to come again. */
  readonly frontInterval: number;
  /** Of a pass. */
  readonly repair: RepairGoal;
}

export interface BundlesParameters extends Omit<EditionAirParameters, 'objects' | 'name'> {
  /** One or more. */
  readonly bundles: readonly PlannedBundle[];
  /** Milliseconds within which tables are to come again. */
  readonly tableInterval: number;
  readonly model: PlanModel;
  /** Probability of a complete reception, above 0 and below 1. */
  readonly confidence: number;
}

/** What receivers may expect that join at any moment. Seconds. */
export interface JoiningPlan {
  readonly listening: 'from any moment';
  /** Undefined when it is on the air all the time. */
  readonly rounds: Rounds | undefined;
  /** The front, each class, and everything. */
  readonly stages: readonly { readonly kind: StageKind; readonly joining: Times }[];
}

export type BundlePlan = (JoiningPlan | OncePlan) & {
  readonly name: string;
  readonly parts: number;
  /** Bytes of index and parts. */
  readonly bytes: number;
  /** Seconds of a pass, while all others are sent that may be sent at that time. */
  readonly pass: number;
  /** As the bundle has them: Unix milliseconds, and milliseconds. */
  readonly rules: Rules;
  /** Why nothing is promised, where that is not by the loss. */
  readonly unplanned?: 'silences through windows' | 'sequence through windows';
};

export interface BundlesPlan {
  readonly model: PlanModel;
  readonly rate: number;
  readonly confidence: number;
  readonly bundles: readonly BundlePlan[];
}

/**
 * When receivers have the bundles of a channel. Each has the least share of the rate that it can have: that beside all others which
 * may be on the air at the same time.
 *
 * @throws PlanError when nothing can be planned for the parameters, EncodeError when the code has no room for an object
 */
export function planBundles(parameters: BundlesParameters): BundlesPlan {
  const { bundles, tableInterval, model, confidence, ...air } = parameters;
  const channel = takeApart(model);
  requireReception(channel);
  const onAir = bundles.map(({ name, objects, repair, frontInterval }) => {
    const prepared = prepareEdition({ ...air, name, objects });
    return { prepared, objects: prepared.coded(repair), frontInterval };
  });
  const sharing = carousels(onAir, tableInterval).map((carousel, i) => ({ ...bundles[i]!, carousel }));
  const passes = passTimes(sharing, air.rate);
  return {
    model,
    rate: air.rate,
    confidence,
    bundles: sharing.map(({ name, objects, carousel, rules, order }, i): BundlePlan => {
      const pass = passes[i]!;
      const isOnce = rules.passes !== undefined && rules.every === undefined;
      const rounds = isOnce ? undefined : roundsOf(rules, pass);
      const unplanned = unplannedOf(channel, order, isOnce || rounds !== undefined);
      return {
        name,
        parts: objects.length - 1,
        bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
        pass: pass.most,
        rules,
        ...(unplanned && { unplanned }),
        ...(isOnce
          ? planOnce(carousel, { ...rules, passes: rules.passes! }, { pass, order, channel, confidence })
          : planJoining(carousel, { rounds, pass, order, isPlanned: !unplanned }, channel, confidence)),
      };
    }),
  };
}

/** Windows are reckoned by the time that is seen of what is sent evenly. */
function unplannedOf(
  { structure }: Channel,
  order: Pass['order'],
  isSilent: boolean,
): BundlePlan['unplanned'] {
  if (structure?.model !== 'pass') return undefined;
  if (isSilent) return 'silences through windows';
  return order === 'sequence' ? 'sequence through windows' : undefined;
}

interface Joined {
  readonly rounds: Rounds | undefined;
  readonly pass: PassTimes;
  readonly order: Pass['order'];
  readonly isPlanned: boolean;
}

function planJoining(
  carousel: Carousel,
  { rounds, pass, order, isPlanned }: Joined,
  channel: Channel,
  confidence: number,
): JoiningPlan {
  const sent = carousel.sent({ order, ...pass, isAlone: rounds !== undefined });
  const air: EditionAir =
    rounds === undefined ? sent : inRounds(sent, rounds, pass, carousel.repetitionSeconds);
  const effort = createEffort();
  const listening = listenTo(air, channel, effort);
  // In silence what comes too late may come a whole silence later.
  const sooner = rounds === undefined ? soonerOnAverage(air, channel) : 0;
  const longest = longestWait(air, channel);
  const joiningOf = (kind: StageKind) =>
    timesFromJoining(
      inCarousel(air, listening, channel, kind, effort),
      { longest, sooner },
      confidence,
      effort,
    );
  const everything = isPlanned ? joiningOf('all') : NEVER;
  return {
    listening: 'from any moment',
    rounds,
    stages: stageKinds(air.airings).map((kind) => ({
      kind,
      joining: isPlanned && kind !== 'all' ? noLater(joiningOf(kind), everything) : everything,
    })),
  };
}
