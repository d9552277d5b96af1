/** A thread of a pool: does one job after the other. */
import { workerData } from 'node:worker_threads';
import { serveTasks } from '../../codecs/node/threads/thread-pool.js';
import { COMPRESS } from '../content/jobs.js';
import { PLAN, PLAN_CHANNEL } from '../planner/command/plan-job.js';
import { RECORD, REPAIR } from '../recording/jobs.js';
import type { JobKind, WorkerSetup } from './pool.js';

const KINDS = [COMPRESS, REPAIR, RECORD, PLAN, PLAN_CHANNEL] as readonly JobKind<never, never, unknown>[];

const { kind, setup } = workerData as WorkerSetup;

serveTasks(async () => {
  const work = await KINDS.find(({ name }) => name === kind)!.prepare(setup as never);
  return async (input: never) => {
    const output = await work(input);
    return { output, transfer: output instanceof Uint8Array ? [output.buffer as ArrayBuffer] : [] };
  };
});
