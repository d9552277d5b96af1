import { type FailureRates, STANDARD_FAILURE_RATES } from '../../codec/failure-rate.js';
import type { CellRecord } from '../../loss/index.js';
import { left, type Table } from '../output/document.js';
import { ofSet } from '../output/style.js';
import type { PlannerResult } from '../planner-check.js';
import { overheadTotals } from '../totals.js';

/** After header costs, at independent loss within these limits. */
export const GOAL_EFFICIENCY = 0.98;
const GOAL_LOSS = { from: 0.05, to: 0.5 };

/** Whether the efficiency goal is asked of a cell. */
export function isGoalCell({ cell, channel }: CellRecord): boolean {
  const { from, to } = GOAL_LOSS;
  return (
    cell.set === 'efficiency' && cell.code === 'raptorq' && channel.meanLoss >= from && channel.meanLoss <= to
  );
}

/** A goal, what came out, and whether that is enough. */
export interface Goal {
  readonly goal: string;
  readonly result: string;
  readonly met: boolean;
}

/** What the report was made to find out; a goal without trials is left out. */
export function goals(
  records: readonly CellRecord[],
  rates: readonly FailureRates[],
  planner: readonly PlannerResult[],
): Goal[] {
  return [
    ...efficiencyGoal(records.filter(isGoalCell)),
    ...overheadGoal(records),
    ...failureGoal(rates),
    ...plannerGoal(planner),
    ...exactGoal(ofSet(records, 'exact')),
  ];
}

function efficiencyGoal(cells: readonly CellRecord[]): Goal[] {
  if (cells.length === 0) return [];
  const values = cells.map(({ efficiency }) => efficiency?.afterHeaders ?? 0);
  const worst = Math.min(...values);
  const { objectBytes } = cells[0]!.cell;
  return [
    {
      goal: `Efficiency within 2 % of capacity after header costs, ${objectBytes.toLocaleString('en')} bytes, 5 to 50 % independent loss`,
      result: `${(100 * worst).toFixed(2)} % at the worst of ${cells.length} losses`,
      met: worst >= GOAL_EFFICIENCY,
    },
  ];
}

/** Of a code that needs one symbol more in one of a hundred cases, as the standard promises. */
const GOAL_OVERHEAD = 0.02;

function overheadGoal(records: readonly CellRecord[]): Goal[] {
  const totals = overheadTotals(records);
  if (totals === undefined) return [];
  const { mean, trials, counts } = totals;
  return [
    {
      goal: `Overhead of ${GOAL_OVERHEAD} symbols beyond K at most, on average`,
      result: `${mean.toFixed(4)} on average of ${trials.toLocaleString('en')} trials, ${counts.length - 1} at most`,
      met: mean <= GOAL_OVERHEAD,
    },
  ];
}

function failureGoal(rates: readonly FailureRates[]): Goal[] {
  if (rates.length === 0) return [];
  // A rate counts as above the standard's when its whole interval is.
  const above = rates.flatMap(({ sourceSymbols, rates: row }) =>
    row.flatMap(({ low }, h) => (low > STANDARD_FAILURE_RATES[h]! ? [`K = ${sourceSymbols} at K+${h}`] : [])),
  );
  const trials = rates.reduce((sum, row) => sum + row.trials, 0).toLocaleString('en');
  return [
    {
      goal: 'Decoding fails no more often than RFC 6330 says, with K to K+3 symbols',
      result:
        above.length === 0
          ? `no rate is above the standard's in ${trials} trials over ${rates.length} block sizes`
          : `above the standard's: ${above.join(', ')}`,
      met: above.length === 0,
    },
  ];
}

function plannerGoal(results: readonly PlannerResult[]): Goal[] {
  if (results.length === 0) return [];
  const held = results.filter(({ holds }) => holds).length;
  return [
    {
      goal: "The planner's promised probability holds in the simulation within its confidence interval, on all models",
      result: `${held} of ${results.length} plans`,
      met: held === results.length,
    },
  ];
}

function exactGoal(cells: readonly CellRecord[]): Goal[] {
  if (cells.length === 0) return [];
  const trials = cells.reduce((sum, record) => sum + record.trials, 0);
  const completed = cells.reduce((sum, record) => sum + record.completed, 0);
  return [
    {
      goal: 'Real encoder, channel and receiver: every byte as sent',
      result: `${completed.toLocaleString('en')} of ${trials.toLocaleString('en')} trials complete, none with a wrong byte`,
      met: completed === trials,
    },
  ];
}

export function goalsTable(found: readonly Goal[]): Table {
  return {
    title: 'Goals',
    columns: [left('Goal'), left('Result'), left('Met')],
    rows: found.map(({ goal, result, met }) => [goal, result, met ? 'yes' : 'no']),
  };
}
