import { loadFecSchemes } from '../../codecs/fec/index.js';
import type { FailureRates } from '../codec/failure-rate.js';
import { type CellRecord, type CellTask, type GridName, namedGrid, runGrid } from '../loss/index.js';
import { openResults } from '../loss/results/results.js';
import { taskId } from '../loss/simulation/cell.js';
import { collectFailureRates, type FailureExperiment } from './failures.js';
import {
  type PlannerCase,
  type PlannerQuestion,
  type PlannerResult,
  plannerCase,
  plannerQuestions,
  plannerResult,
} from './planner-check.js';

/** What is tried, and how often. */
export interface Experiments {
  readonly tasks: readonly CellTask[];
  readonly questions: readonly PlannerQuestion[];
  readonly plannerTrials: number;
  readonly failures: readonly FailureExperiment[];
  readonly seed: number;
}

/** What came out. */
export interface Findings {
  readonly records: readonly CellRecord[];
  readonly planner: readonly PlannerResult[];
  /** The simulations of the plans. */
  readonly plannerRecords: readonly CellRecord[];
  readonly failures: readonly FailureRates[];
  /** Cells that an earlier run had done. */
  readonly reusedCells: number;
}

/** How much is tried: a minute, minutes, hours. */
export type Extent = GridName;

/** Plans of the quick report, and trials of each plan. */
const QUICK_QUESTIONS = 4;
const PLANNER_TRIALS: Readonly<Record<Extent, number>> = { quick: 300, default: 2000, full: 10_000 };

/** Cells of the report by the sets that it shows. */
export function chooseExperiments(
  extent: Extent,
  seed: number,
  failures: readonly FailureExperiment[],
): Experiments {
  const questions = plannerQuestions(extent === 'full');
  return {
    tasks: namedGrid(extent, seed),
    questions: extent === 'quick' ? questions.slice(0, QUICK_QUESTIONS) : questions,
    plannerTrials: PLANNER_TRIALS[extent],
    failures,
    seed,
  };
}

export interface ExperimentsOptions {
  readonly jobs: number;
  /** Results of cells, JSON lines; what it holds already is not run again. */
  readonly resultsPath: string;
  /** The same for the failure statistics of the code. */
  readonly failuresPath: string;
  /** Begins a part of the work; the function is called as it goes on. */
  readonly onPart: (name: string, total: number, unit: string) => (by: number) => void;
}

/** Runs what is missing. Killed at any moment, the next run goes on from there. */
export async function runExperiments(
  { tasks, questions, plannerTrials, failures, seed }: Experiments,
  { jobs, resultsPath, failuresPath, onPart }: ExperimentsOptions,
): Promise<Findings> {
  const schemes = await loadFecSchemes();
  const cases = questions.map((question) => plannerCase(question, schemes, seed, plannerTrials));
  const all = [...tasks, ...cases.flatMap(tasksOf)];
  const file = openResults(resultsPath, seed);
  const wanted = new Set(all.map(taskId));
  const known = file.records.filter(({ id }) => wanted.has(id));
  const advance = onPart('Simulations', all.length, 'cells');
  advance(known.length);
  const records = await runGrid(all, {
    known,
    jobs,
    onRecord(record) {
      file.append(record);
      advance(1);
    },
  });
  const trials = failures.reduce((sum, plan) => sum + plan.trials, 0);
  const onTrials = failures.length === 0 ? () => {} : onPart('Failure statistics', trials, 'trials');
  return {
    records: records.slice(0, tasks.length),
    plannerRecords: records.slice(tasks.length),
    planner: resultsOf(cases, records.slice(tasks.length)),
    reusedCells: known.length,
    failures: await collectFailureRates(failures, failuresPath, { seed, jobs, onTrials }),
  };
}

const tasksOf = ({ fromStart, joining }: PlannerCase): CellTask[] =>
  joining === undefined ? [fromStart] : [fromStart, joining];

/** @param records of the cases' tasks, in their order */
function resultsOf(cases: readonly PlannerCase[], records: readonly CellRecord[]): PlannerResult[] {
  let at = 0;
  return cases.map((planned) => {
    const fromStart = records[at++]!;
    return plannerResult(planned, fromStart, planned.joining && records[at++]);
  });
}
