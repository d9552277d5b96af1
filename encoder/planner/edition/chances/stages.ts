import { PART_CLASSES, type PartClass } from '../../../../codecs/edition/index.js';
import type { Effort } from '../../completion/effort.js';
import { cutSeconds, isHarmless } from '../../completion/reception.js';
import { type Channel, DEFAULT_SIGMA } from '../../question/model.js';
import { type Airing, createReceptions, type Reception } from '../airing.js';
import type { EditionAir, RecordedEdition } from '../recording.js';
import { byClearTime } from './clear-time.js';
import { fadeChances, throughFades } from './fades.js';
import { createLosses } from './failure.js';
import type { Losses } from './losses.js';
import { type ByTime, fromJoining, fromJoiningRounds, type Times, timesOf } from './times.js';
import { throughWindows } from './windows.js';

/** What a receiver waits for: the index and all parts of a class, or everything. */
export type StageKind = PartClass | 'all';

export interface Stage {
  readonly kind: StageKind;
  /** A receiver that is there from the first datagram on. */
  readonly fromStart: Times;
  /** One that joins at any moment, from joining on, while the sender goes on with fresh symbols. */
  readonly joining: Times;
}

/** Longer than so many passes is not looked at. */
const MOST_PASSES = 64;
/** Of fewer receivers that join, the mean time is beyond reckoning. */
const NEARLY_ALL = 0.999;
/** A moment before a recording, in its length. */
const JUST_BEFORE = 1e-14;
/** A look at an object through rain takes so much longer, and fades do not know when they begin: so few moments do. */
const RAIN_LOOKS = 1000;
const RAIN_JOINS = { sequence: 12, mixed: 4 };
export const NEVER: Times = { expected: undefined, atConfidence: undefined };

export interface Listening {
  readonly losses: Losses;
  receptionOf(kind: StageKind): Reception;
}

export function listenTo(air: EditionAir, channel: Channel, effort: Effort): Listening {
  const losses = createLosses(channel, air.datagrams, effort);
  const receptionOf = createReceptions(air, losses, effort);
  const { structure, independentLoss } = channel;
  const ofFades =
    structure?.model === 'rain-fade' && !isHarmless(structure) ? fadeChances(structure, effort) : undefined;
  return {
    losses,
    receptionOf(kind) {
      const airings = airingsOf(air.airings, kind);
      if (ofFades !== undefined) return throughFades(airings, air, ofFades, independentLoss, effort);
      const product = receptionOf(airings);
      const clear = air.isMixed
        ? byClearTime(airings, air, channel, { losses, receptionOf }, effort)
        : undefined;
      if (clear === undefined) return product;
      return (begin, end) => Math.max(clear(begin, end), product(begin, end));
    },
  };
}

function airingsOf(airings: readonly Airing[], kind: StageKind): Airing[] {
  return airings.filter((airing) => kind === 'all' || airing.kind === 'index' || airing.kind === kind);
}

/** The stages that an edition has, everything last. */
export function stageKinds(airings: readonly Airing[]): StageKind[] {
  return [...PART_CLASSES.filter((each) => airings.some(({ kind }) => kind === each)), 'all'];
}

/** That all is there by a moment of one recording, for whoever is there from the start. */
export function inRecording(
  reception: Reception,
  channel: Channel,
  { period, late }: RecordedEdition,
): ByTime {
  const { start, end } = cutSeconds(channel, period);
  // What is sent as it begins is heard.
  const begin = start === 0 ? -JUST_BEFORE * period : start + late;
  return (seconds) => reception(begin, Math.min(seconds, period - end));
}

/** The same for whoever joins a carousel. */
export function inCarousel(
  air: EditionAir,
  listening: Listening,
  channel: Channel,
  kind: StageKind,
  effort: Effort,
): ByTime {
  const { structure } = channel;
  if (structure?.model !== 'pass') {
    const isRain = structure?.model === 'rain-fade';
    const looks = air.airings.length * (isRain ? RAIN_LOOKS : 1);
    const joins = isRain ? RAIN_JOINS[air.isMixed ? 'mixed' : 'sequence'] : undefined;
    const complete =
      air.cycle === undefined
        ? fromJoining(listening.receptionOf(kind), cycleOf(air), looks, joins)
        : fromJoiningRounds(listening.receptionOf(kind), air.cycle, looks);
    // A recorder misses what it misses whenever it is switched on.
    const { start, end } = cutSeconds(channel, 0);
    return (seconds) => complete(Math.max(0, seconds - start - end - air.late));
  }
  const { periodSeconds: period, windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = structure;
  const windows = { period, length: edgeLoss > 0 ? windowSeconds - 2 * edgeSeconds : windowSeconds };
  const ofVisible = { losses: listening.losses, independentLoss: channel.independentLoss };
  return throughWindows(airingsOf(air.airings, kind), windows, ofVisible, air.datagrams, effort);
}

export function timesFromStart(complete: ByTime, period: number, confidence: number, effort: Effort): Times {
  return effort.attempt(() => timesOf(complete, confidence, period)) ?? NEVER;
}

/** @param longest time that is looked at @param sooner by which it is on average: see `soonerOnAverage` */
export function timesFromJoining(
  complete: ByTime,
  { longest, sooner }: { readonly longest: number; readonly sooner: number },
  confidence: number,
  effort: Effort,
): Times {
  const times = effort.attempt(() => ({
    ...timesOf(complete, confidence, longest),
    nearlyAll: complete(longest) >= NEARLY_ALL,
  }));
  if (times === undefined) return NEVER;
  const { nearlyAll, expected, atConfidence } = times;
  return { expected: nearlyAll && expected !== undefined ? expected - sooner : undefined, atConfidence };
}

/** Of one that joins, all symbols count as late as they may be: on average it is the one datagram that is being sent. */
export function soonerOnAverage({ late, datagrams }: EditionAir, { structure }: Channel): number {
  return structure?.model === 'pass' ? 0 : late - datagrams.seconds;
}

/** Seconds after which everything has come again: a pass, or what comes seldomer. */
function cycleOf({ period, airings, cycle = 0 }: EditionAir): number {
  const periods = airings.flatMap(({ table, repetition }) => [table.period, repetition?.period ?? 0]);
  return Math.max(period, cycle, ...periods);
}

/** How long to look: so many passes, and so many windows or fades. */
export function longestWait(air: EditionAir, { structure }: Channel): number {
  const period = cycleOf(air);
  switch (structure?.model) {
    case 'pass': {
      const { periodSeconds, windowSeconds } = structure;
      return MOST_PASSES * (period * (periodSeconds / windowSeconds) + periodSeconds);
    }
    case 'rain-fade': {
      // Of the time in fades, half lies in longer ones.
      const { share, meanSeconds, sigma = DEFAULT_SIGMA } = structure;
      return MOST_PASSES * (period / (1 - share) + meanSeconds * Math.exp(sigma ** 2 / 2));
    }
    default:
      return MOST_PASSES * period;
  }
}
