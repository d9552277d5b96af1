import { chain, type MaybePromise } from '../../../codecs/maybe-promise.js';

/**
 * Jobs that others do meanwhile. Their results are used in the order in which the jobs were begun, each one when a fixed
 * number of later jobs was begun: so what comes of them does not depend on who is how fast.
 */
export interface JobsInOrder<Subject, Result> {
  /** Adds a job that was begun. */
  add(subject: Subject, job: MaybePromise<Result>): void;
  /** Jobs whose result was not asked for. */
  readonly size: number;
  /** More jobs are on their way than should be: the result of the first is to be used. */
  readonly isFull: boolean;
  /** The result of the first job, of which there must be one. */
  next(): MaybePromise<{ readonly subject: Subject; readonly result: Result }>;
  /** Waits for all jobs; what comes of them is of no interest any more. */
  abandon(): Promise<void>;
}

/** @param ahead jobs on their way */
export function createJobsInOrder<Subject, Result>(ahead: number): JobsInOrder<Subject, Result> {
  let jobs: { readonly subject: Subject; readonly job: MaybePromise<Result> }[] = [];
  return {
    add(subject, job) {
      // it is looked at later, and must not count as unhandled until then
      if (job instanceof Promise) job.catch(() => {});
      jobs.push({ subject, job });
    },
    get size() {
      return jobs.length;
    },
    get isFull() {
      return jobs.length > ahead;
    },
    next() {
      const { subject, job } = jobs.shift()!;
      return chain(job, (result) => ({ subject, result }));
    },
    async abandon() {
      const left = jobs;
      jobs = [];
      await Promise.allSettled(left.map(({ job }) => job));
    },
  };
}
