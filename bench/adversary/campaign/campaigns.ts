import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTasks, type TaskKind } from '../../loss/thread-tasks.js';
import { createWorld, type World } from '../world/world.js';
import { type CampaignResult, runCampaign } from './campaign.js';
import { makePlan } from './plan.js';

interface CampaignTask {
  readonly seed: number;
  /** For the world of each thread. */
  readonly directory: string;
}

/** Makes what runs the campaign of a seed, once for each worker. */
export async function prepareCampaigns(): Promise<(task: CampaignTask) => Promise<CampaignResult>> {
  let world: Promise<World> | undefined;
  return async ({ seed, directory }) => {
    world ??= createWorld(directory);
    return runCampaign(await world, makePlan(seed));
  };
}

const TASK_KIND: TaskKind<CampaignTask, CampaignResult> = {
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
  // a thread that is ended removes nothing
  const directory = mkdtempSync(join(tmpdir(), 'datacast-campaigns-'));
  try {
    const tasks = Array.from({ length: campaigns }, (_, i) => ({ seed: seed + i, directory }));
    await runTasks(TASK_KIND, tasks, jobs, onResult);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
