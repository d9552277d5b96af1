import { PlanError } from '../question/error.js';

/** Counts the steps of a computation, so that every question comes to an end. A step takes some ten nanoseconds. */
export interface Effort {
  /** @throws OutOfSteps */
  spend(steps: number): void;
  /** What `work` gives with a full allowance of its own, or undefined when that is not enough. */
  attempt<T>(work: () => T): T | undefined;
  /** Steps so far, in all. */
  spent(): number;
}

/** The answer lies beyond what is computed. */
class OutOfSteps extends PlanError {
  override readonly name = 'OutOfSteps';
}

/** Steps of one allowance. */
export const ALLOWANCE = 2 ** 27;

/** Each part of a question that is attempted has the allowance once more. */
export function createEffort(allowance = ALLOWANCE): Effort {
  let left = allowance;
  let spent = 0;
  return {
    spend(steps) {
      left -= steps;
      spent += steps;
      if (left < 0) {
        throw new OutOfSteps(
          'The planner cannot work this out: so much is lost, in all or at a time, that a source block needs millions of symbols. ' +
            'Ask for a lower confidence, a lower rate or a smaller object, or try repair by simulation: datacast-bench loss.',
        );
      }
    },
    attempt(work) {
      const before = left;
      left = allowance;
      try {
        return work();
      } catch (error) {
        if (error instanceof OutOfSteps) return undefined;
        throw error;
      } finally {
        left = before;
      }
    },
    spent: () => spent,
  };
}
