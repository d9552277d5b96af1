import type { RecordedObject } from '../../recording/recorded-object.js';
import type { Order } from '../../recording/schedule/order.js';
import { MAX_LOSS } from '../../session/repair.js';
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
const EVERYTHING = 100 * STEPS;

/** Recordings of an edition in one order, by the loss that repair is made for. */
export interface Recordings {
  /** The shortest one that reaches the probability, or undefined when none does. */
  reaching(probability: number): RecordingChoice | undefined;
  /** The best one within a duration, of those tried, or the shortest that there is. @param usual percent that is tried too */
  within(duration: number, usual: number): RecordingChoice;
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
  const recorded = remembered((step) => {
    const expectLossPercent = step / STEPS;
    const objects = codings(expectLossPercent);
    return { expectLossPercent, objects, air: recordedEdition(prepared, objects, order) };
  });
  const at = remembered((step): RecordingChoice => {
    const recording = recorded(step);
    const { air } = recording;
    const reception = listenTo(air, channel, effort).receptionOf('all');
    const probability = inRecording(reception, channel, air)(air.period);
    return { ...recording, probability };
  });
  return {
    reaching(probability) {
      const step = leastWholeAbove((each) => at(each).probability >= probability, -1, MOST);
      return step === undefined ? undefined : at(step);
    },
    within(duration, usual) {
      const isLate = (step: number) => recorded(step).air.period > duration;
      const longest = Math.max(0, isLate(MOST) ? leastWhole(isLate, -1, MOST) - 1 : MOST);
      const probabilityOf = (step: number) => at(step).probability;
      return at(bestStep(probabilityOf, longest, Math.min(longest, Math.round(usual * STEPS)), effort));
    },
    at: (percent) => at(Math.round(percent * STEPS)),
  };
}

/** Then it is looked nearer at what lies around the best one: so often, each time at half the distance. */
const NEARER = 3;

/**
 * The step with the highest probability up to the longest one. A longer recording is not always better: in sequence it takes longer for
 * each part, and fades may take more of them. As many are looked at as the allowance has steps for.
 */
function bestStep(
  probabilityOf: (step: number) => number,
  longest: number,
  usual: number,
  effort: Effort,
): number {
  let [best, highest] = [usual, -1];
  const look = (step: number) => {
    const probability = probabilityOf(step);
    if (probability > highest) [best, highest] = [step, probability];
  };
  /** Of about so many times the airtime. */
  const longer = (step: number, times: number) => Math.round(EVERYTHING - (EVERYTHING - step) / times);
  effort.attempt(() => {
    look(longest);
    look(usual);
    for (let step = longest; step > 0; step = longer(step, 1 / 2)) look(step);
    for (let times = Math.SQRT2, nearer = 0; nearer < NEARER; nearer++, times = Math.sqrt(times)) {
      const around = [longer(best, 1 / times), longer(best, times)];
      for (const step of around) if (step >= 0 && step <= longest) look(step);
    }
  });
  return best;
}

/** Codes an edition for a loss, once for each. */
export function createCodings(prepared: PreparedEdition): (percent: number) => readonly RecordedObject[] {
  return remembered((percent) => prepared.coded({ kind: 'loss', loss: percent / 100 }));
}

function remembered<Value>(compute: (of: number) => Value): (of: number) => Value {
  const known = new Map<number, Value>();
  return (of) => {
    const value = known.get(of) ?? compute(of);
    known.set(of, value);
    return value;
  };
}
