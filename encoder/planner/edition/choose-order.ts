import type { Order } from '../../recording/schedule/order.js';
import type { Effort } from '../completion/effort.js';
import { lossOf } from '../question/goal.js';
import type { Channel } from '../question/model.js';
import { carouselEdition } from './carousel.js';
import { inCarousel, listenTo, longestWait } from './chances/stages.js';
import { createCodings, type RecordingChoice, type Recordings, recordingsOf } from './choose-repair.js';
import type { PreparedEdition } from './prepare.js';
import { recordedEdition } from './recording.js';

/** Recordings of both orders, and the better of the two. */
export interface OrderChoice {
  /** Undefined through windows, where the parts that are sent between two of them are lost. */
  readonly sequence: RecordingChoice | undefined;
  readonly mixed: RecordingChoice;
  readonly order: Order;
  /** The better one reaches the confidence within the duration. */
  readonly meets: boolean;
}

export interface Goal {
  readonly confidence: number;
  /** Seconds. */
  readonly duration?: number;
}

/** Sequence is chosen unless it takes so much more airtime. */
const DEAR = 1.25;
/** Where no repair suffices, this is for what `datacast encode` expects by default, or the loss of the channel if it is more. */
const DEFAULT_LOSS_PERCENT = 10;

export function chooseOrder(
  prepared: PreparedEdition,
  goal: Goal,
  channel: Channel,
  effort: Effort,
): OrderChoice {
  if (channel.structure?.model === 'pass') return throughWindows(prepared, goal, channel, effort);
  const { confidence, duration = Number.POSITIVE_INFINITY } = goal;
  const codings = createCodings(prepared);
  const chosen = (order: Order) => {
    const recordings: Recordings = recordingsOf(prepared, order, codings, channel, effort);
    const best = effort.attempt(() => recordings.reaching(confidence));
    if (best !== undefined && best.air.period <= duration) return { meets: true, choice: best };
    const usual = lossPercent(channel);
    const isLimited = duration < Number.POSITIVE_INFINITY;
    const choice = isLimited ? recordings.within(duration, usual) : recordings.at(usual);
    return { meets: isLimited && choice.probability >= confidence, choice };
  };
  const sequence = chosen('sequence');
  // One part behind the front has no order, and fades know no other difference.
  const hasOrder = prepared.parameters.objects.length > prepared.first + 1;
  const mixed = hasOrder || channel.structure?.model !== 'rain-fade' ? chosen('mixed') : sequence;
  const isDear = sequence.choice.air.period > DEAR * mixed.choice.air.period;
  const isBetter = sequence.choice.probability >= mixed.choice.probability;
  const isSequence = sequence.meets ? !(mixed.meets && isDear) : !mixed.meets && isBetter;
  return {
    sequence: sequence.choice,
    mixed: mixed.choice,
    order: isSequence ? 'sequence' : 'mixed',
    meets: sequence.meets || mixed.meets,
  };
}

/** Only visible time counts: a carousel goes on until it was seen for long enough. */
function throughWindows(
  prepared: PreparedEdition,
  { confidence, duration }: Goal,
  channel: Channel,
  effort: Effort,
): OrderChoice {
  const expectLossPercent = lossPercent(channel);
  const objects = createCodings(prepared)(expectLossPercent);
  const carousel = carouselEdition(prepared, objects);
  const complete = inCarousel(carousel, listenTo(carousel, channel, effort), channel, 'all', effort);
  const probability = complete(duration ?? longestWait(carousel, channel));
  const air = recordedEdition(prepared, objects, 'mixed');
  const mixed = { expectLossPercent, objects, air, probability };
  return { sequence: undefined, mixed, order: 'mixed', meets: probability >= confidence };
}

function lossPercent({ independentLoss, structure }: Channel): number {
  const other = structure === undefined || structure.model === 'pass' ? 0 : lossOf(structure);
  const loss = 1 - (1 - independentLoss) * (1 - other);
  return Math.min(99, Math.max(DEFAULT_LOSS_PERCENT, Math.ceil(1000 * loss) / 10));
}
