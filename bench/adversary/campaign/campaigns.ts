import { runTasks, type TaskKind } from '../../loss/thread-tasks.js';
import { createWorld } from '../world/world.js';
import { type CampaignResult, runCampaign } from './campaign.js';
import { makePlan } from './plan.js';

/** Makes what runs the campaign of a seed, once for each worker. */
export async function prepareCampaigns(): Promise<(seed: number) => Promise<CampaignResult>> {
  const world = await createWorld();
  process.once('exit', world.close);
  return (seed) => runCampaign(world, makePlan(seed));
}

const TASK_KIND: TaskKind<number, CampaignResult> = {
  worker: new URL('./worker.js', import.meta.url),
  prepare: prepareCampaigns,
};

export interface CampaignsOptions {
  readonly campaigns: number;
  /** Of the first campaign; the others follow it. */
  readonly seed: number;
  /** Threads; with 1 everything happens in this one. */
  readonly jobs: number;
  readonly onResult: (result: CampaignResult) => void;
}

/** Runs campaigns; their results come in any order. */
export async function runCampaigns({ campaigns, seed, jobs, onResult }: CampaignsOptions): Promise<void> {
  const seeds = Array.from({ length: campaigns }, (_, i) => seed + i);
  await runTasks(TASK_KIND, seeds, jobs, onResult);
}
