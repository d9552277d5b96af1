import { nothingArrives, PlanError } from './error.js';

/** A loss model of a channel and its parameters, as plain data. Time runs in seconds from the first datagram. */
export type PlanModel =
  /** Every datagram is lost with the same probability, whatever happened to the others. */
  | { readonly model: 'bernoulli'; readonly loss: number }
  /** Two states, good and bad; `burst` is the mean number of datagrams lost in a row. */
  | { readonly model: 'gilbert-elliott'; readonly loss: number; readonly burst: number }
  /** Reception of exponentially distributed length between fades of log-normal length (ITU-R P.1623). */
  | {
      readonly model: 'rain-fade';
      /** Share of the time in fades, 0 to below 1. */
      readonly share: number;
      /** Mean length of a fade, seconds. */
      readonly meanSeconds: number;
      /** Standard deviation of the logarithm of the length of a fade; DEFAULT_SIGMA by default. */
      readonly sigma?: number;
      /** Loss in a fade; counted as 1, which is never too little. */
      readonly lossInFade?: number;
    }
  /** Two states in continuous time, with exponentially distributed lengths, as houses and trees shadow one that moves. */
  | {
      readonly model: 'shadowing';
      /** Share of the time in shadow, 0 to below 1. */
      readonly share: number;
      /** Mean time in shadow, seconds. */
      readonly meanSeconds: number;
    }
  /** Baseband frames of DVB-S2, each lost with the same probability, whatever happened to the others. */
  | {
      readonly model: 'dvb-s2';
      /** Loss of baseband frames. */
      readonly loss: number;
      /** Transport stream packets that a frame carries. */
      readonly packetsPerFrame: number;
      /** Transport stream packets in a second, of the whole carrier; those of the datagrams alone by default. */
      readonly packetsPerSecond?: number;
    }
  /** Visibility windows at a regular interval that starts at a random moment. */
  | {
      readonly model: 'pass';
      readonly periodSeconds: number;
      readonly windowSeconds: number;
      /** Loss at the very edges of a window; when above 0, the edges are counted as lost, which is never too little. */
      readonly edgeLoss?: number;
      readonly edgeSeconds?: number;
    }
  /** A recording of a transport stream. */
  | {
      readonly model: 'recorder';
      /** Mean loss of transport stream packets. */
      readonly loss: number;
      /** Mean number of transport stream packets lost in a row; independent by default. */
      readonly burst?: number;
      /** What is missing at the beginning, seconds. */
      readonly startSeconds?: number;
      /** What is missing at the end, seconds: before `durationSeconds`, or else before the end of the transmission. */
      readonly endSeconds?: number;
      /** How long is recorded, seconds from the first datagram on; to the end of the transmission by default. */
      readonly durationSeconds?: number;
    }
  /** Channels one behind the other: independent loss and at most one channel of another kind. */
  | { readonly model: 'all'; readonly of: readonly PlanModel[] };

type Named<M extends PlanModel['model']> = Extract<PlanModel, { model: M }>;
/** What can happen besides independent loss. */
export type StructuredModel = Named<
  'gilbert-elliott' | 'rain-fade' | 'shadowing' | 'dvb-s2' | 'pass' | 'recorder'
>;
/** Those that are two-state Markov chains. */
export type ChainModel = Named<'gilbert-elliott' | 'shadowing' | 'recorder'>;

export function isChain(structure: StructuredModel): structure is ChainModel {
  return ['gilbert-elliott', 'shadowing', 'recorder'].includes(structure.model);
}

export type RainFade = Named<'rain-fade'>;
export type FrameModel = Named<'dvb-s2'>;

/** Between those of 12 and 20 GHz (ITU-R P.1623: 1.63 and 1.59 at 1.15 dB of rain). */
export const DEFAULT_SIGMA = 1.6;
/** Beyond it the mean is that of the rarest fades, and nobody has measured such. */
const MOST_SIGMA = 3;

/** A model taken apart: independent loss, and what else there is. */
export interface Channel {
  /** Independent loss of every datagram, 0..1. */
  readonly independentLoss: number;
  readonly structure: StructuredModel | undefined;
}

/** @throws PlanError when parameters cannot be, or when no formula covers the model */
export function takeApart(model: PlanModel): Channel {
  const parts = model.model === 'all' ? model.of : [model];
  let kept = 1;
  let structure: StructuredModel | undefined;
  for (const part of parts) {
    switch (part.model) {
      case 'bernoulli':
        requireShare('loss', part.loss, true);
        kept *= 1 - part.loss;
        break;
      case 'gilbert-elliott':
      case 'rain-fade':
      case 'shadowing':
      case 'dvb-s2':
      case 'pass':
      case 'recorder':
        if (structure !== undefined) throw notKnown(`${structure.model} and ${part.model} together`);
        requireParameters(part);
        structure = part;
        break;
      default:
        throw notKnown((part as { model: string }).model);
    }
  }
  return { independentLoss: 1 - kept, structure };
}

function notKnown(name: string): PlanError {
  return new PlanError(
    `The planner has no formula for the model ${name}. Try repair and passes by simulation: datacast-bench loss.`,
  );
}

function requireParameters(model: StructuredModel): void {
  switch (model.model) {
    case 'gilbert-elliott':
      if (model.loss === 1) throw nothingArrives('All datagrams are lost');
      requireShare('loss', model.loss);
      requireBurst(model.loss, model.burst, 'datagrams');
      break;
    case 'rain-fade':
      if (model.share === 1) throw nothingArrives('All of the time is spent in fades');
      requireShare('share of the time in fades', model.share);
      requirePositive('mean length of a fade in seconds', model.meanSeconds);
      requireShare('loss in a fade', model.lossInFade ?? 1, true);
      requirePositive('deviation of the logarithm of the length of a fade', model.sigma ?? DEFAULT_SIGMA);
      if (model.sigma !== undefined && model.sigma > MOST_SIGMA) {
        throw new PlanError(
          `The deviation of the logarithm of the length of a fade is ${model.sigma}; up to ${MOST_SIGMA} can be planned for.`,
        );
      }
      break;
    case 'shadowing':
      if (model.share === 1) throw nothingArrives('All of the time is spent in shadow');
      requireShare('share of the time in shadow', model.share);
      requirePositive('mean time in shadow in seconds', model.meanSeconds);
      break;
    case 'dvb-s2':
      if (model.loss === 1) throw nothingArrives('All baseband frames are lost');
      requireShare('loss of baseband frames', model.loss);
      requirePositive('number of packets of a baseband frame', model.packetsPerFrame);
      if (model.packetsPerSecond !== undefined) {
        requirePositive('number of packets in a second', model.packetsPerSecond);
      }
      break;
    case 'pass': {
      const { periodSeconds, windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = model;
      requirePositive('period of the passes in seconds', periodSeconds);
      requireNotNegative('length of a window in seconds', windowSeconds);
      requireShare('loss at the edge of a window', edgeLoss, true);
      requireNotNegative('length of the edge of a window in seconds', edgeSeconds);
      if (windowSeconds > periodSeconds) {
        throw new PlanError(
          `A window of ${windowSeconds} s does not fit into a period of ${periodSeconds} s: give a longer period.`,
        );
      }
      if (2 * edgeSeconds > windowSeconds) {
        throw new PlanError(
          `Two edges of ${edgeSeconds} s do not fit into a window of ${windowSeconds} s: give shorter edges.`,
        );
      }
      break;
    }
    case 'recorder':
      if (model.loss === 1) throw nothingArrives('All transport stream packets are lost');
      requireShare('loss of transport stream packets', model.loss);
      if (model.burst !== undefined) requireBurst(model.loss, model.burst, 'packets');
      requireNotNegative('time missing at the beginning in seconds', model.startSeconds ?? 0);
      requireNotNegative('time missing at the end in seconds', model.endSeconds ?? 0);
      if (model.durationSeconds !== undefined) {
        requirePositive('length of the recording in seconds', model.durationSeconds);
      }
  }
}

function requireShare(name: string, value: number, oneToo = false): void {
  if (!(value >= 0 && (value < 1 || (oneToo && value === 1)))) {
    throw new PlanError(`The ${name} is ${value}; it is at least 0 and ${oneToo ? 'at most' : 'below'} 1.`);
  }
}

/**
 * Shorter bursts than those of independent loss would have losses avoid each other, and so follow a rhythm, which makes them
 * meet in blocks that take turns: no bound holds for them, and no channel is known that has them.
 */
function requireBurst(loss: number, burst: number, what: string): void {
  const least = 1 / (1 - loss);
  if (!(burst >= least * (1 - ROUNDING) && Number.isFinite(burst))) {
    throw new PlanError(
      `The mean burst is ${burst} ${what}; where ${Number((100 * loss).toFixed(4))} % are lost independently it is ` +
        `${Math.ceil(100 * least * (1 - ROUNDING)) / 100}, and bursts are not shorter. Give a longer one, or leave bursts out: independent loss.`,
    );
  }
}

/** A quotient may come out a little above what was written for it. */
const ROUNDING = 1e-9;

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new PlanError(`The ${name} is ${value}; it is above 0.`);
  }
}

function requireNotNegative(name: string, value: number): void {
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new PlanError(`The ${name} is ${value}; it is 0 or more.`);
  }
}
