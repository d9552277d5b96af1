import type { Prng } from '../../../fixtures/prng.js';
import {
  ChannelError,
  requireNotNegative,
  requirePositive,
  requireProbability,
  requireTime,
} from '../datagram.js';
import type { LossModel } from './loss.js';

/** Visibility windows: reception during a part of every period. */
export interface PassParameters {
  /** Time from the beginning of one window to the beginning of the next, seconds. */
  periodSeconds: number;
  /** Length of a window, seconds, 0 to `periodSeconds`. */
  windowSeconds: number;
  /** Loss probability at the very beginning and end of a window, where the satellite stands lowest; 0 by default. */
  edgeLoss?: number;
  /** Time within which that loss falls to 0, seconds, at most half a window; 0 by default. */
  edgeSeconds?: number;
}

export function requirePass({
  periodSeconds,
  windowSeconds,
  edgeLoss = 0,
  edgeSeconds = 0,
}: PassParameters): void {
  requirePositive('period of the passes in seconds', periodSeconds);
  requireNotNegative('length of a window in seconds', windowSeconds);
  requireProbability('loss at the edge of a window', edgeLoss);
  requireNotNegative('length of the edge of a window in seconds', edgeSeconds);
  if (windowSeconds > periodSeconds) {
    throw new ChannelError(
      `A window of ${windowSeconds} seconds does not fit into a period of ${periodSeconds} seconds.`,
    );
  }
  if (2 * edgeSeconds > windowSeconds) {
    throw new ChannelError(
      `Two edges of ${edgeSeconds} seconds do not fit into a window of ${windowSeconds} seconds.`,
    );
  }
}

/** Mean loss over whole periods: all outside the windows, and a falling part of their edges. */
export function meanPassLoss(parameters: PassParameters): number {
  requirePass(parameters);
  const { periodSeconds, windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = parameters;
  return 1 - (windowSeconds - edgeLoss * edgeSeconds) / periodSeconds;
}

/** Passes of a satellite, by the time of sending. The first moment is a random one of the period. */
export function pass(prng: Prng, parameters: PassParameters): LossModel {
  requirePass(parameters);
  const { periodSeconds, windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = parameters;
  const phase = prng.uniform() * periodSeconds;
  return (datagram) => {
    const elapsed = requireTime(datagram) + phase;
    const inPeriod = elapsed - periodSeconds * Math.floor(elapsed / periodSeconds);
    if (inPeriod >= windowSeconds) return true;
    const fromEdge = Math.min(inPeriod, windowSeconds - inPeriod);
    return fromEdge < edgeSeconds && prng.chance(edgeLoss * (1 - fromEdge / edgeSeconds));
  };
}
