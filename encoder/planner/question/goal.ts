import { formatShare } from '../../../codecs/text.js';
import { MAX_LOSS } from '../../session/repair.js';
import { nothingArrives, PlanError } from './error.js';
import type { Channel, StructuredModel } from './model.js';
import type { PlanParameters } from './parameters.js';

/** @throws PlanError on numbers that cannot be */
export function requireGoal({ confidence, duration, rate, transferLength }: PlanParameters): void {
  if (!(confidence > 0 && confidence < MOST_CONFIDENCE)) {
    throw new PlanError(
      `The confidence is ${confidence}; it is above 0 and below ${MOST_CONFIDENCE}, as nothing is certain on a lossy channel.`,
    );
  }
  if (duration !== undefined && !(duration > 0)) {
    throw new PlanError(`The duration is ${duration} seconds; it is above 0.`);
  }
  if (!(rate > 0)) throw new PlanError(`The rate is ${rate} bits per second; it is above 0.`);
  if (!(transferLength >= 1)) throw new PlanError('The object is empty: there is nothing to send.');
}

/** Sums are cut off and rounded somewhere below; beyond it nothing is promised. */
const MOST_CONFIDENCE = 1 - 1e-7;

/** @throws PlanError on channels that let nothing or next to nothing through */
export function requireReception({ independentLoss, structure }: Channel): void {
  if (independentLoss === 1) throw nothingArrives('The loss is 100 %');
  if (structure?.model === 'pass') {
    const { windowSeconds, edgeLoss = 0, edgeSeconds = 0 } = structure;
    if (windowSeconds <= (edgeLoss > 0 ? 2 * edgeSeconds : 0)) throw nothingArrives('The windows are empty');
  }
  const others = structure === undefined || structure.model === 'pass' ? 0 : lossOf(structure);
  const loss = 1 - (1 - independentLoss) * (1 - others);
  if (loss > MAX_LOSS + 1e-12) {
    throw new PlanError(
      `A loss of ${formatShare(loss)} is beyond planning: up to ${100 * MAX_LOSS} % is possible.`,
    );
  }
}

/** What is lost by it in the long run: of its own units. */
export function lossOf(structure: Exclude<StructuredModel, { model: 'pass' }>): number {
  return 'share' in structure ? structure.share : structure.loss;
}
