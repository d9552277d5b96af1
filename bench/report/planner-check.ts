/** What the planner promises, against the simulation. */

import type { FecSchemes } from '../../codecs/fec/index.js';
import { type Plan, type PlanModel, plan } from '../../encoder/planner/index.js';
import { type ChannelSpec, passParameters, rainFadeParameters } from '../channel/index.js';
import {
  type Cell,
  type CellRecord,
  type CellTask,
  DEFAULT_CELL,
  type Interval,
  wilson,
} from '../loss/index.js';

/** A question to the planner. */
export interface PlannerQuestion {
  readonly channel: ChannelSpec;
  readonly objectBytes: number;
  /** Bits per second. */
  readonly rate: number;
  readonly confidence: number;
}

/** A question, its plan, and the plan as cells to simulate: from the start, and joining at random while sending goes on. */
export interface PlannerCase {
  readonly question: PlannerQuestion;
  readonly plan: Plan;
  readonly fromStart: CellTask;
  /** Undefined for a recorder, which is switched on when the transmission begins. */
  readonly joining: CellTask | undefined;
}

/** A promise beside what came of it. */
export interface PlannerResult {
  readonly question: PlannerQuestion;
  readonly plan: Plan;
  readonly trials: number;
  readonly simulated: Interval;
  /** The promise is not above the interval. */
  readonly holds: boolean;
  /** Mean seconds until complete, in the simulation. */
  readonly seconds: number | undefined;
  readonly joiningSeconds: number | undefined;
}

/**
 * Quantile of the normal distribution for 99.9 %: where a promise is exact, one of forty 95 % intervals lies below it by
 * chance, and there are about as many rows.
 */
const Z999 = 3.2905;

const RATE = 256_000;
const CONFIDENCES = [0.9, 0.99, 0.999];

const CHANNELS: readonly ChannelSpec[] = [
  { model: 'bernoulli', loss: 0.05 },
  { model: 'bernoulli', loss: 0.3 },
  { model: 'gilbert-elliott', loss: 0.1, burst: 10 },
  { model: 'gilbert-elliott', loss: 0.2, burst: 100 },
  { model: 'rain-fade', band: 'ku' },
  { model: 'rain-fade', band: 'ka' },
  {
    model: 'all',
    of: [
      { model: 'rain-fade', band: 'ka' },
      { model: 'bernoulli', loss: 0.1 },
    ],
  },
  { model: 'pass', orbit: 'leo-550' },
  { model: 'recorder', loss: 0.01 },
  { model: 'recorder', loss: 0.01, burst: 20, startSeconds: 5, endSeconds: 5 },
];

export function plannerQuestions(full: boolean): PlannerQuestion[] {
  // The largest object takes eleven blocks.
  const sizes = full ? [100_000, 1_000_000, 60_000_000] : [1_000_000];
  return sizes.flatMap((objectBytes) =>
    CHANNELS.flatMap((channel) =>
      CONFIDENCES.map((confidence) => ({ channel, objectBytes, rate: RATE, confidence })),
    ),
  );
}

/** Passes in which a receiver that joined is complete for all that matters. */
const UNTIL_COMPLETE = 200;
/** Encoding symbols of a block: ESIs have 24 bits. */
const MAX_SYMBOLS = 2 ** 24;

/** Objects beyond this size take long: they are tried a tenth as often. */
const LARGE_BYTES = 10_000_000;

/**
 * @param most trials of each plan, 1 or more
 * @throws PlanError when the planner has no answer
 */
export function plannerCase(
  question: PlannerQuestion,
  schemes: FecSchemes,
  seed: number,
  most: number,
): PlannerCase {
  const { channel, objectBytes, rate, confidence } = question;
  const trials = objectBytes > LARGE_BYTES ? Math.ceil(most / 10) : most;
  const { mtu, authDepth } = DEFAULT_CELL;
  const answer = plan({
    schemes,
    transferLength: objectBytes,
    rate,
    mtu,
    authDepth,
    name: 'bundle',
    confidence,
    model: planModel(channel),
  });
  const cell: Cell = {
    ...DEFAULT_CELL,
    set: 'planner',
    objectBytes,
    rate,
    passes: 1,
    channel: timed(channel, answer.airtime),
    repair: { kind: 'fraction', fraction: answer.code.repairPercent / 100 },
  };
  const isRecorder = channel.model === 'recorder';
  const passes = Math.min(UNTIL_COMPLETE, Math.floor(MAX_SYMBOLS / answer.datagrams.total) - 2);
  return {
    question,
    plan: answer,
    fromStart: { cell, seed, trials },
    joining: isRecorder ? undefined : { cell: { ...cell, join: 'random', passes }, seed, trials },
  };
}

/** The same channel in the words of the planner, which has no names for bands and orbits. */
function planModel(channel: ChannelSpec): PlanModel {
  switch (channel.model) {
    case 'rain-fade':
      return { model: 'rain-fade', ...rainFadeParameters(channel) };
    case 'pass':
      return { model: 'pass', ...passParameters(channel) };
    case 'all':
      return { model: 'all', of: channel.of.map(planModel) };
    default:
      return channel as PlanModel;
  }
}

/** A recorder that misses the end has to know when the transmission ends. */
function timed(channel: ChannelSpec, airtime: number): ChannelSpec {
  if (channel.model !== 'recorder' || channel.endSeconds === undefined) return channel;
  return { durationSeconds: airtime, ...channel };
}

export function plannerResult(
  { question, plan: answer }: PlannerCase,
  fromStart: CellRecord,
  joining: CellRecord | undefined,
): PlannerResult {
  const simulated = wilson(fromStart.completed, fromStart.trials, Z999);
  return {
    question,
    plan: answer,
    trials: fromStart.trials,
    simulated,
    holds: answer.unmet === undefined && answer.fromStart.probability <= simulated.high,
    seconds: fromStart.secondsToComplete?.mean,
    joiningSeconds: joining?.secondsToComplete?.mean,
  };
}
