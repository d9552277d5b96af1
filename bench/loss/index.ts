/** Loss-rate experiments: what `datacast-bench loss` measures, and the reference models it compares with. */

export { LossError } from './error.js';
export { combine, DEFAULT_CELL, GRIDS, type GridName, namedGrid } from './grid.js';
export { type Interval, wilson } from './interval.js';
export { lossCommand } from './loss-command.js';
export { mergeRecords } from './merge.js';
export { mergeCommand } from './merge-command.js';
export {
  type Cell,
  type CellRecord,
  CODES,
  type CodeName,
  type CompletionPoint,
  type CostShares,
  type Distribution,
  type Efficiency,
  type Join,
  type Mode,
  RECORD_FORMAT,
  SIMULATION_VERSION,
} from './record.js';
export { recordsAsCsv } from './results/csv.js';
export { openResults, readResults } from './results/results.js';
export { lossTable } from './results/table.js';
export { runGrid } from './run.js';
export { type CellTask, createTrialContext, runCell } from './simulation/cell.js';
