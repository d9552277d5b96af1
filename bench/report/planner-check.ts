/** What the planner promises, against the simulation. */

import type { FecSchemes } from '../../codecs/fec/index.js';
import { type Plan, type PlanModel, plan } from '../../encoder/planner/index.js';
import { type ChannelSpec, DEFAULT_SIGMA, passParameters, rainFadeParameters } from '../channel/index.js';
import {
  type Cell,
  type CellRecord,
  type CellTask,
  DEFAULT_CELL,
  type Distribution,
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
  /** The failures that the plan reckons with are at most `LOOSENESS` times those of the interval's lower end. */
  readonly isTight: boolean;
  /** A true probability below it would be noticed, as a promise that is too high, in 95 % of such simulations. */
  readonly noticedBelow: number;
  /** Seconds until complete of those that are complete at the end, and from joining on; undefined where there is nothing to compare. */
  readonly seconds: MeanCheck | undefined;
  readonly joiningSeconds: MeanCheck | undefined;
}

/** A mean that was promised beside that of the simulation. */
export interface MeanCheck {
  readonly promised: number;
  readonly simulated: number;
  /** Within four standard errors and 1 %; where it is a bound, `LOOSENESS` times too long at most. */
  readonly agrees: boolean;
}

/** Of bounds: a plan may reckon with so many times the failures that there are. */
export const LOOSENESS = 1.5;

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

/** Of several blocks. */
const SEVERAL_BLOCKS = 30_000_000;

export function plannerQuestions(full: boolean): PlannerQuestion[] {
  const ask = (objectBytes: number, channels: readonly ChannelSpec[], confidences: readonly number[]) =>
    channels.flatMap((channel) =>
      confidences.map((confidence) => ({ channel, objectBytes, rate: RATE, confidence })),
    );
  return [
    ...ask(100_000, CHANNELS, full ? CONFIDENCES : [0.9, 0.99]),
    ...ask(1_000_000, CHANNELS, CONFIDENCES),
    ...(full
      ? ask(SEVERAL_BLOCKS, CHANNELS, CONFIDENCES)
      : ask(SEVERAL_BLOCKS, CHANNELS.slice(1, 3), [0.9, 0.99])),
  ];
}

/** Encoding symbols of a block: ESIs have 24 bits. So long does a receiver listen that joined: for days at this rate. */
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
  // a draw that is unlucky for a channel is not so for all its plans
  const draw = `${objectBytes} bytes, confidence ${confidence}`;
  const cell: Cell = {
    ...DEFAULT_CELL,
    set: 'planner',
    draw,
    objectBytes,
    rate,
    passes: 1,
    channel: timed(channel, answer.airtime),
    // The encoder's blocks: those of the experiments may be longer.
    blockSymbols: Math.ceil(answer.code.sourceSymbols / answer.code.sourceBlocks),
    repair: { kind: 'fraction', fraction: answer.code.repairPercent / 100 },
  };
  const isRecorder = channel.model === 'recorder';
  const passes = Math.floor(MAX_SYMBOLS / answer.datagrams.total) - 2;
  return {
    question,
    plan: answer,
    fromStart: { cell, seed, trials },
    joining: isRecorder
      ? undefined
      : { cell: { ...cell, join: 'random', passes, draw: `${draw}, joining` }, seed, trials },
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
  const promised = answer.fromStart.probability;
  const fades = rainOf(question.channel);
  return {
    question,
    plan: answer,
    trials: fromStart.trials,
    simulated,
    holds: answer.unmet === undefined && promised <= simulated.high,
    isTight: 1 - promised <= LOOSENESS * (1 - simulated.low),
    noticedBelow: noticedBelow(promised, fromStart.trials),
    seconds: meanCheck(answer.fromStart.expectedSeconds, fromStart.secondsToComplete, {
      isBound: fades.length > 0,
      deviation: 0,
    }),
    joiningSeconds:
      joining &&
      meanCheck(answer.joining.expectedSeconds, joining.secondsToComplete, {
        isBound: fades.length > 0,
        // few receivers meet a fade, and hardly one of these a long one: what they show of the deviation is too little
        deviation: Math.hypot(...fades.map(deviationOfFades)),
      }),
  };
}

function meanCheck(
  promised: number | undefined,
  simulated: Distribution | null,
  known: { readonly isBound: boolean; readonly deviation: number },
): MeanCheck | undefined {
  if (promised === undefined || simulated === null) return undefined;
  const { mean, count } = simulated;
  const deviation = Math.max(simulated.deviation, known.deviation);
  const allowed = (4 * deviation) / Math.sqrt(count) + 0.01 * mean;
  const longest = (known.isBound ? LOOSENESS : 1) * mean + allowed;
  return { promised, simulated: mean, agrees: promised >= mean - allowed && promised <= longest };
}

type Rain = ChannelSpec & { readonly model: 'rain-fade' };

function rainOf(channel: ChannelSpec): Rain[] {
  if (channel.model === 'all') return channel.of.flatMap(rainOf);
  return channel.model === 'rain-fade' ? [channel] : [];
}

/** Standard deviation of what is left of a fade, log-normal in length, at a random moment: 0 seconds where there is none. */
function deviationOfFades(channel: Rain): number {
  const { share, meanSeconds, sigma = DEFAULT_SIGMA } = rainFadeParameters(channel);
  return meanSeconds * Math.sqrt((share * Math.exp(3 * sigma ** 2)) / 3);
}

/** How often a promise that is too high has to be noticed. */
const POWER = 0.95;

/** The largest probability of which so many trials show, with `POWER`, that the promise is above it. */
export function noticedBelow(promised: number, trials: number): number {
  let most = -1;
  while (most < trials && wilson(most + 1, trials, Z999).high < promised) most++;
  if (most < 0) return 0;
  let [low, high] = [0, promised];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (atMostProbability(most, trials, middle) >= POWER) low = middle;
    else high = middle;
  }
  return low;
}

/** The probability of `most` successes or fewer, of a binomial distribution. */
function atMostProbability(most: number, trials: number, probability: number): number {
  // from the most likely number of failures on, in logarithms
  let logTerm = trials * Math.log(probability);
  let above = 0;
  for (let failures = 0; failures < trials - most; failures++) {
    above += Math.exp(logTerm);
    logTerm +=
      Math.log((trials - failures) / (failures + 1)) + Math.log1p(-probability) - Math.log(probability);
  }
  return 1 - above;
}
