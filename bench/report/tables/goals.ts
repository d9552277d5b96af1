import { type FailureRates, STANDARD_FAILURE_RATES } from '../../codec/failure-rate.js';
import type { CellRecord } from '../../loss/index.js';
import { left, type Table } from '../output/document.js';
import { ofSet } from '../output/style.js';
import { LOOSENESS, type PlannerResult } from '../planner-check.js';
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

/** The same of a small object: there padding takes more than half of what the goal leaves, and a symbol too many all of it. */
function isSmallGoalCell({ cell, channel }: CellRecord): boolean {
  const { from, to } = GOAL_LOSS;
  return cell.set === 'efficiency-small' && channel.meanLoss >= from && channel.meanLoss <= to;
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
    ...efficiencyGoal(records.filter(isSmallGoalCell)),
    ...overheadGoal(records),
    ...failureGoal(rates),
    ...failureBoundGoal(rates),
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
  const { mean, trials, counts, sourceSymbols } = totals;
  return [
    {
      goal: `Overhead of ${GOAL_OVERHEAD} symbols beyond K at most, on average, of a block of K = ${sourceSymbols.toLocaleString('en')}`,
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

/** A rate that was never seen is no proof: with K+2 and K+3 symbols the upper end of the interval must be below the standard's. */
function failureBoundGoal(rates: readonly FailureRates[]): Goal[] {
  if (rates.length === 0) return [];
  // without splitting the interval of what was counted stands, which is too wide unless the trials are hundreds of millions
  const open = rates.flatMap(({ sourceSymbols, split, rates: counted }) =>
    [2, 3].flatMap((h) => {
      const { high } = split?.[h - 1] ?? counted[h]!;
      return high > STANDARD_FAILURE_RATES[h]! ? [`K = ${sourceSymbols} at K+${h}`] : [];
    }),
  );
  return [
    {
      goal: 'With K+2 and K+3 symbols even the upper end of the 95 % interval is below what RFC 6330 says',
      result:
        open.length === 0
          ? `at all of ${rates.length} block sizes, by splitting`
          : `not shown at ${open.join(', ')}`,
      met: open.length === 0,
    },
  ];
}

function plannerGoal(results: readonly PlannerResult[]): Goal[] {
  if (results.length === 0) return [];
  const count = (found: readonly boolean[]) => found.filter(Boolean).length;
  const held = results.map(({ holds }) => holds);
  const tight = results.map(({ isTight }) => isTight);
  const means = results.flatMap(({ seconds, joiningSeconds }) =>
    [seconds, joiningSeconds].flatMap((check) => check?.agrees ?? []),
  );
  // failures that would be noticed, as a multiple of those that were promised
  const power = results
    .map(({ plan, noticedBelow }) => (1 - noticedBelow) / (1 - plan.fromStart.probability))
    .sort((a, b) => a - b);
  const median = power[Math.floor(power.length / 2)]!;
  return [
    {
      goal: "No probability that the planner promises is above the simulation's 99.9 % interval, on all models and sizes",
      result:
        `${count(held)} of ${results.length} plans; ${median.toFixed(1)} times the promised failures would be noticed in 95 % of ` +
        'simulations, in the median plan',
      met: count(held) === results.length,
    },
    {
      goal: `No plan reckons with more than ${LOOSENESS} times the failures that the interval allows`,
      result: `${count(tight)} of ${results.length} plans`,
      met: count(tight) === results.length,
    },
    {
      goal: `Mean times from the start and after joining agree within four standard errors and 1 %; with rain they are ${LOOSENESS} times too long at most`,
      result: `${count(means)} of ${means.length} means`,
      met: count(means) === means.length,
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
