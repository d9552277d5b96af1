import { LossError } from './error.js';
import type { CellRecord } from './record.js';
import { type CellTask, createTrialContext, runCell, taskId } from './simulation/cell.js';
import { runTasks, type TaskKind } from './thread-tasks.js';

/** Makes what runs cells, once for each worker. */
export async function prepareCells(): Promise<(task: CellTask) => Promise<CellRecord>> {
  const context = await createTrialContext();
  return (task) => runCell(task, context);
}

const TASK_KIND: TaskKind<CellTask, CellRecord> = {
  worker: new URL('./worker.js', import.meta.url),
  prepare: prepareCells,
};

/** Part `index` of `count`, from 1 on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The cells of a shard: every `count`-th, so that neighbours, which cost alike, are spread. */
export function shardOf(tasks: readonly CellTask[], { index, count }: Shard): CellTask[] {
  return tasks.filter((_, i) => i % count === index - 1);
}

export interface RunOptions {
  /** Results of earlier runs: their cells are not run again. */
  readonly known: readonly CellRecord[];
  readonly jobs: number;
  /** Called with each new record, in any order. */
  readonly onRecord: (record: CellRecord) => void;
}

/**
 * Runs what is missing of a grid.
 *
 * @returns the records of all cells, in the order of the grid
 */
export async function runGrid(
  tasks: readonly CellTask[],
  { known, jobs, onRecord }: RunOptions,
): Promise<CellRecord[]> {
  const records = new Map(known.map((record) => [record.id, record]));
  const missing = [...new Map(tasks.map((task) => [taskId(task), task]))]
    .filter(([id]) => !records.has(id))
    .map(([, task]) => task)
    // The costly ones first, so that no core is left with one at the end.
    .sort((a, b) => costOf(b) - costOf(a));
  await runTasks(TASK_KIND, missing, jobs, (record) => {
    onRecord(record);
    records.set(record.id, record);
  });
  return tasks.map((task) => {
    const record = records.get(taskId(task));
    if (record === undefined) throw new LossError('A cell was run and left no result.');
    return record;
  });
}

/** Roughly in proportion to the time that a cell takes. */
function costOf({ cell, trials }: CellTask): number {
  const perByte = cell.mode === 'exact' ? 100 : cell.code === 'raptorq' ? 10 : 1;
  return trials * cell.objectBytes * perByte;
}
