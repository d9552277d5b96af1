import type { Order } from '../../recording/schedule/order.js';
import { chooseObjectCoding, symbolPacketBytes } from '../../session/object-coding.js';
import { createEffort, type Effort } from '../completion/effort.js';
import { PlanError } from '../question/error.js';
import { requireGoal, requireReception } from '../question/goal.js';
import { type Channel, type PlanModel, takeApart } from '../question/model.js';
import type { Airing } from './airing.js';
import { carouselEdition } from './carousel.js';
import { type Edits, type EditTimes, timesWithEdits } from './chances/edits.js';
import {
  inCarousel,
  inRecording,
  listenTo,
  longestWait,
  type Stage,
  soonerOnAverage,
  stageKinds,
  timesFromJoining,
  timesFromStart,
} from './chances/stages.js';
import { noLater } from './chances/times.js';
import { chooseOrder } from './choose-order.js';
import type { RecordingChoice } from './choose-repair.js';
import { type EditionAirParameters, type PreparedEdition, prepareEdition } from './prepare.js';
import type { RecordedEdition } from './recording.js';
import { type EditionUnmet, unmetGoal } from './unmet.js';

export interface EditionParameters extends EditionAirParameters {
  readonly model: PlanModel;
  /** Probability of a complete reception that is asked for, above 0 and below 1. */
  readonly confidence: number;
  /** Seconds that the transmission may take at most. */
  readonly duration?: number;
  /** Seconds from one edit to the next. */
  readonly editEvery?: number;
  /** Compressed bytes of what an edit changes; by default the largest part with text. */
  readonly editBytes?: number;
}

/** An edition in one order. Times in seconds. */
export interface OrderPlan {
  /** As `datacast encode` and `datacast send` take it, percent. */
  readonly expectLoss: number;
  /** Of all source symbols. */
  readonly repairPercent: number;
  readonly datagrams: RecordedEdition['counts'];
  /** Bytes of IP packets. */
  readonly packetBytes: number;
  /** Of a recording. */
  readonly airtime: number;
  /** Whoever is there from the start has everything at its end. */
  readonly probability: number;
  /** The front, each class, and everything. */
  readonly stages: readonly Stage[];
  /** For one that joins while edits go on; undefined unless it was asked for, through windows, or beyond reckoning. */
  readonly edits: EditTimes | undefined;
}

export interface EditionPlan {
  readonly model: PlanModel;
  readonly rate: number;
  readonly mtu: number;
  readonly authDepth: number;
  readonly confidence: number;
  readonly duration: number | undefined;
  readonly parts: number;
  /** Bytes of index and parts. */
  readonly bytes: number;
  readonly code: {
    /** K, over all blocks of all objects. */
    readonly sourceSymbols: number;
    readonly sourceBlocks: number;
    /** T, that of the largest symbols. */
    readonly symbolSize: number;
  };
  /** What a recording is best made with. */
  readonly order: Order;
  /** Undefined where no promise can be made: through windows. */
  readonly sequence: OrderPlan | undefined;
  readonly mixed: OrderPlan;
  /** Undefined when the goal is met. */
  readonly unmet: EditionUnmet | undefined;
}

/**
 * Chooses repair and order for an edition, and says when its front, its classes and all of it are there. Probabilities are
 * exact or lower bounds, times are what follows from them (docs/planner.md).
 *
 * @throws PlanError when nothing can be planned for the parameters, EncodeError when the code has no room for an object
 */
export function planEdition(parameters: EditionParameters): EditionPlan {
  return planEditionWith(parameters, createEffort());
}

/** The same, with the steps counted. */
export function planEditionWith(parameters: EditionParameters, effort: Effort): EditionPlan {
  const { objects, editEvery, editBytes, confidence, duration } = parameters;
  requireGoal({ ...parameters, transferLength: Math.min(...objects.map(({ bytes }) => bytes)) });
  if (editEvery !== undefined && !(editEvery > 0)) {
    throw new PlanError(`The time between edits is ${editEvery} seconds; it is above 0.`);
  }
  if (editBytes !== undefined && !(editBytes >= 1)) {
    throw new PlanError(`An edit changes ${editBytes} bytes; it is 1 or more.`);
  }
  const channel = takeApart(parameters.model);
  requireReception(channel);
  const prepared = prepareEdition(parameters);
  const { sequence, mixed, order, meets } = chooseOrder(prepared, parameters, channel, effort);
  const reached = (order === 'sequence' && sequence) || mixed;
  const all = mixed.objects.map((object) => object.coding);
  return {
    model: parameters.model,
    rate: parameters.rate,
    mtu: parameters.mtu,
    authDepth: parameters.authDepth,
    confidence,
    duration,
    parts: objects.length - 1,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
    code: {
      sourceSymbols: mixed.air.counts.source,
      sourceBlocks: all.reduce((sum, { blocks }) => sum + blocks.length, 0),
      symbolSize: Math.max(...all.map(({ parameters: { symbolSize } }) => symbolSize)),
    },
    order,
    sequence: sequence && orderPlan('sequence', sequence, prepared, parameters, channel, effort),
    mixed: orderPlan('mixed', mixed, prepared, parameters, channel, effort),
    unmet: meets ? undefined : unmetGoal(reached.probability, parameters, channel, effort),
  };
}

/** What receivers of an edition in one order may expect. */
function orderPlan(
  order: Order,
  { expectLossPercent, objects, air, probability }: RecordingChoice,
  prepared: PreparedEdition,
  { confidence, editEvery, editBytes }: EditionParameters,
  channel: Channel,
  effort: Effort,
): OrderPlan {
  const recording = listenTo(air, channel, effort);
  // In sequence the recording comes again and again; mixed parts take turns for ever.
  const goesOn = order === 'sequence' ? air : carouselEdition(prepared, objects);
  const carousel = listenTo(goesOn, channel, effort);
  const longest = longestWait(goesOn, channel);
  const sooner = soonerOnAverage(goesOn, channel);
  const hasWindows = channel.structure?.model === 'pass';
  const stages = stageKinds(air.airings).map((kind): Stage => {
    const joined = inCarousel(goesOn, carousel, channel, kind, effort);
    const joining = timesFromJoining(joined, { longest, sooner }, confidence, effort);
    if (hasWindows) return { kind, fromStart: joining, joining };
    const started = inRecording(recording.receptionOf(kind), channel, air);
    return { kind, fromStart: timesFromStart(started, air.period, confidence, effort), joining };
  });
  const everything = stages.at(-1)!;
  const { source, repair } = air.counts;
  return {
    expectLoss: expectLossPercent,
    repairPercent: (100 * repair) / source,
    datagrams: air.counts,
    packetBytes: air.packetBytes,
    airtime: air.period,
    probability,
    stages: stages.map(({ kind, fromStart, joining }) => ({
      kind,
      fromStart: noLater(fromStart, everything.fromStart),
      joining: noLater(joining, everything.joining),
    })),
    edits:
      editEvery === undefined || hasWindows
        ? undefined
        : effort.attempt(() => {
            const edits = editsOf(prepared, goesOn.airings, editEvery, editBytes, expectLossPercent);
            const complete = inCarousel(goesOn, carousel, channel, 'all', effort);
            const { seconds } = goesOn.datagrams;
            return timesWithEdits(complete, edits, carousel.losses, seconds, confidence, longest);
          }),
  };
}

/** Edits change a part with text, or else any part. */
function editsOf(
  prepared: PreparedEdition,
  airings: readonly Airing[],
  every: number,
  bytes: number | undefined,
  expectLossPercent: number,
): Edits {
  const symbols = ({ blocks }: Airing) => blocks.count * blocks.sourceSymbols;
  const [index, ...parts] = airings as [Airing, ...Airing[]];
  const text = parts.filter(({ kind }) => kind === 'text');
  const pages = text.length > 0 ? text : parts;
  const largest = pages.reduce((found, part) => (symbols(part) > symbols(found) ? part : found));
  const part = bytes === undefined ? largest : { ...largest, ...codedAs(prepared, bytes, expectLossPercent) };
  return { every, index, part, parts: pages.length };
}

/** Blocks and symbols of an object of that size. */
function codedAs(
  { parameters, session }: PreparedEdition,
  bytes: number,
  expectLossPercent: number,
): Pick<Airing, 'blocks' | 'stream'> {
  const goal = { kind: 'loss', loss: expectLossPercent / 100 } as const;
  const coding = chooseObjectCoding(bytes, session, parameters.schemes, 'raptorq', {
    goal,
    objects: parameters.objects.length,
  });
  const { blocks, repair } = coding;
  const sourceSymbols = Math.max(...blocks.map((block) => block.sourceSymbols));
  const count = sourceSymbols + Math.min(...repair);
  const length = symbolPacketBytes(coding, session) - session.packetOverhead;
  return {
    blocks: { count: blocks.length, sourceSymbols },
    stream: { from: 0, to: 1, period: 1, length, count, row: 1 },
  };
}
