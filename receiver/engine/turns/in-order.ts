import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';

/**
 * Jobs that others do meanwhile. Their results are used in the order in which the jobs were begun, each one when a fixed
 * number of later jobs was begun: so what comes of them does not depend on who is how fast.
 */
export interface JobsInOrder {
  /** Adds a job that was begun; waits for the first one when there are too many. */
  add<T>(job: MaybePromise<T>, use: (result: T) => MaybePromise<void>): MaybePromise<void>;
  /** Waits for all jobs and uses their results, those of jobs that are added meanwhile too. */
  finish(): Promise<void>;
  /** Waits for all jobs; what comes of them is of no interest any more. */
  abandon(): Promise<void>;
}

/** @param ahead jobs on their way */
export function createJobsInOrder(ahead: number): JobsInOrder {
  let jobs: { result: MaybePromise<unknown>; use(result: never): MaybePromise<void> }[] = [];

  function useFirst(): MaybePromise<void> {
    const { result, use } = jobs.shift()!;
    return chain(result, use as (result: unknown) => MaybePromise<void>);
  }

  return {
    add(job, use) {
      // it is looked at later, and must not count as unhandled until then
      if (job instanceof Promise) job.catch(() => {});
      jobs.push({ result: job, use });
      return jobs.length > ahead ? useFirst() : undefined;
    },
    async finish() {
      while (jobs.length > 0) await useFirst();
    },
    async abandon() {
      const left = jobs;
      jobs = [];
      await Promise.allSettled(left.map(({ result }) => result));
    },
  };
}
