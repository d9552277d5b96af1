import type { RecordedObject } from '../../recording/recorded-object.js';
import type { Order } from '../../recording/schedule/order.js';
import { MAX_LOSS, type RepairGoal } from '../../session/repair.js';
import { leastWhole, leastWholeAbove } from '../completion/bisect.js';
import type { Effort } from '../completion/effort.js';
import type { Channel } from '../question/model.js';
import { inRecording, listenTo } from './chances/stages.js';
import type { PreparedEdition } from './prepare.js';
import { type RecordedEdition, recordedEdition } from './recording.js';

/** A recording, and what it gives. */
export interface RecordingChoice {
  /** As `datacast encode --expect-loss` takes it. */
  readonly expectLossPercent: number;
  readonly objects: readonly RecordedObject[];
  readonly air: RecordedEdition;
  /** That whoever is there from the start has everything at the end. */
  readonly probability: number;
}

/** Losses that are expected are tried in steps of a tenth of a percent. */
const STEPS = 10;
const MOST = 100 * MAX_LOSS * STEPS;

/** Recordings of an edition in one order, by the loss that repair is made for. */
export interface Recordings {
  /** The shortest one that reaches the probability, or undefined when none does. */
  reaching(probability: number): RecordingChoice | undefined;
  /** The longest one within a duration, or the shortest that there is. */
  within(duration: number): RecordingChoice;
  at(expectLossPercent: number): RecordingChoice;
}

/** @param codings shared by both orders: objects with their repair, by the loss */
export function recordingsOf(
  prepared: PreparedEdition,
  order: Order,
  codings: (percent: number) => readonly RecordedObject[],
  channel: Channel,
  effort: Effort,
): Recordings {
  const tried = new Map<number, RecordingChoice>();
  const at = (step: number): RecordingChoice => {
    const known = tried.get(step);
    if (known !== undefined) return known;
    const expectLossPercent = step / STEPS;
    const objects = codings(expectLossPercent);
    const air = recordedEdition(prepared, objects, order);
    const reception = listenTo(air, channel, effort).receptionOf('all');
    const probability = inRecording(reception, channel, air)(air.period);
    const choice = { expectLossPercent, objects, air, probability };
    tried.set(step, choice);
    return choice;
  };
  return {
    reaching(probability) {
      const step = leastWholeAbove((each) => at(each).probability >= probability, -1, MOST);
      return step === undefined ? undefined : at(step);
    },
    within(duration) {
      const isLate = (step: number) => at(step).air.period > duration;
      return at(Math.max(0, isLate(MOST) ? leastWhole(isLate, -1, MOST) - 1 : MOST));
    },
    at: (percent) => at(Math.round(percent * STEPS)),
  };
}

/** Codes an edition for a loss, once for each. */
export function createCodings(prepared: PreparedEdition): (percent: number) => readonly RecordedObject[] {
  const known = new Map<number, readonly RecordedObject[]>();
  return (percent) => {
    const earlier = known.get(percent);
    if (earlier !== undefined) return earlier;
    const goal: RepairGoal = { kind: 'loss', loss: percent / 100 };
    const objects = prepared.coded(goal);
    known.set(percent, objects);
    return objects;
  };
}
