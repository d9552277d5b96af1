import { nothingArrives, PlanError } from './error.js';

/** A loss model of a channel and its parameters, as plain data. Time runs in seconds from the first datagram. */
export type PlanModel =
  /** Every datagram is lost with the same probability, whatever happened to the others. */
  | { readonly model: 'bernoulli'; readonly loss: number }
  /** Two states, good and bad; `burst` is the mean number of datagrams lost in a row. */
  | { readonly model: 'gilbert-elliott'; readonly loss: number; readonly burst: number }
  /** Two states in continuous time, with exponentially distributed lengths. */
  | {
      readonly model: 'rain-fade';
      /** Share of the time in fades, 0 to below 1. */
      readonly share: number;
      /** Mean length of a fade, seconds. */
      readonly meanSeconds: number;
      /** Loss in a fade; counted as 1, which is never too little. */
      readonly lossInFade?: number;
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
export type StructuredModel = Named<'gilbert-elliott' | 'rain-fade' | 'pass' | 'recorder'>;

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

function requireBurst(loss: number, burst: number, what: string): void {
  const least = Math.max(1, loss / (1 - loss));
  if (!(burst >= least && Number.isFinite(burst))) {
    throw new PlanError(
      `The mean burst is ${burst} ${what}; at a loss of ${loss} it is at least ${Math.ceil(100 * least) / 100}.`,
    );
  }
}

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
