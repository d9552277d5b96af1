import { wilson } from '../interval.js';
import type { CellRecord, CompletionPoint, CostShares, Distribution, Efficiency } from '../record.js';
import type { Transmission } from './transmission.js';
import type { Trial } from './trial.js';

/** Points of a completion curve, and most bins of a histogram. */
const CURVE_POINTS = 48;
const BINS = 64;

type Outcome = Pick<
  CellRecord,
  | 'completed'
  | 'completion'
  | 'completionByAirtime'
  | 'overheadSymbols'
  | 'overheadHistogram'
  | 'secondsToComplete'
  | 'efficiency'
  | 'costs'
>;

/**
 * What the trials of a cell say together.
 *
 * @param trials 1 or more
 * @param loss mean loss of the channel
 */
export function summariseTrials(transmission: Transmission, trials: readonly Trial[], loss: number): Outcome {
  const { sourceSymbols, cell, passBytes } = transmission;
  const complete = trials.filter(({ completed }) => completed);
  const overheads = complete.map(
    ({ used, duplicates, surplus }) => used + duplicates + surplus - sourceSymbols,
  );
  const seconds = complete.map(({ bytes }) => (8 * bytes) / cell.rate);
  const idealSeconds = (8 * cell.objectBytes) / ((1 - loss) * cell.rate);
  const listened = (8 * cell.passes * passBytes) / cell.rate;
  return {
    completed: complete.length,
    completion: wilson(complete.length, trials.length),
    completionByAirtime: completionCurve(seconds, trials.length, listened, idealSeconds),
    overheadSymbols: distribution(overheads),
    overheadHistogram: histogram(overheads),
    secondsToComplete: distribution(seconds),
    efficiency: complete.length === 0 ? null : efficiencyOf(transmission, trials, loss),
    costs: complete.length === 0 ? null : costsOf(transmission, complete),
  };
}

/** Nearest-rank quantiles; null without values. */
export function distribution(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const quantile = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count: sorted.length,
    mean,
    deviation: Math.sqrt(squares / Math.max(1, sorted.length - 1)),
    min: sorted[0]!,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
    p999: quantile(0.999),
    max: sorted.at(-1)!,
  };
}

/** Bins of equal width, a whole number of symbols. */
export function histogram(values: readonly number[]): [number, number][] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  const least = sorted[0]!;
  const width = Math.max(1, Math.ceil((sorted.at(-1)! - least + 1) / BINS));
  const bins = new Map<number, number>();
  for (const value of sorted) {
    const from = least + width * Math.floor((value - least) / width);
    bins.set(from, (bins.get(from) ?? 0) + 1);
  }
  return [...bins];
}

/** From the first completion to the last, and at the end of listening. */
function completionCurve(
  seconds: readonly number[],
  trials: number,
  listened: number,
  idealSeconds: number,
): CompletionPoint[] {
  const sorted = Float64Array.from(seconds).sort();
  const point = (at: number): CompletionPoint => {
    const completed = sorted.filter((value) => value <= at).length;
    return { seconds: at, ideal: at / idealSeconds, completed, ...wilson(completed, trials) };
  };
  const end = point(listened);
  if (sorted.length === 0) return [end];
  const first = sorted[0]!;
  const last = sorted.at(-1)!;
  const step = (last - first) / (CURVE_POINTS - 1);
  const curve =
    step === 0
      ? [point(first)]
      : Array.from({ length: CURVE_POINTS }, (_, i) =>
          point(i === CURVE_POINTS - 1 ? last : first + i * step),
        );
  return last < listened ? [...curve, end] : curve;
}

/** Ratios of means over all trials, by the linearised standard error of a ratio. */
function efficiencyOf(
  { cell, parameters }: Transmission,
  trials: readonly Trial[],
  loss: number,
): Efficiency {
  const sum = (of: (trial: Trial) => number) => trials.reduce((total, trial) => total + of(trial), 0);
  const bundle = ({ completed }: Trial) => (completed ? cell.objectBytes : 0);
  const capacity = ({ sentSymbols }: Trial) => (1 - loss) * sentSymbols * parameters.symbolSize;
  const afterHeaders = sum(bundle) / sum(capacity);
  const squares = sum((trial) => (bundle(trial) - afterHeaders * capacity(trial)) ** 2);
  const n = trials.length;
  return {
    total: sum(bundle) / ((1 - loss) * sum(({ bytes }) => bytes)),
    afterHeaders,
    afterHeadersError: n < 2 ? 0 : (Math.sqrt(squares / (n * (n - 1))) * n) / sum(capacity),
  };
}

function costsOf(transmission: Transmission, complete: readonly Trial[]): CostShares {
  const { cell, parameters, sourceSymbols, authBytes, objectPayload, fdtPayload, session } = transmission;
  const { symbolSize } = parameters;
  const sum = (of: (trial: Trial) => number) => complete.reduce((total, trial) => total + of(trial), 0);
  const symbols = sum(({ used, duplicates, surplus }) => used + duplicates + surplus);
  const bytes = {
    object: complete.length * cell.objectBytes,
    padding: complete.length * (sourceSymbols * symbolSize - cell.objectBytes),
    fecOverhead: symbolSize * sum(({ used }) => used - sourceSymbols),
    duplicates: symbolSize * sum(({ duplicates }) => duplicates),
    surplus: symbolSize * sum(({ surplus }) => surplus),
    headers: symbols * (objectPayload - symbolSize - authBytes + session.packetOverhead),
    authentication: symbols * authBytes,
    fdt: (fdtPayload + session.packetOverhead) * sum(({ fdts }) => fdts),
  };
  const total = Object.values(bytes).reduce((all, part) => all + part, 0);
  return Object.fromEntries(
    Object.entries(bytes).map(([name, part]) => [name, part / total]),
  ) as unknown as CostShares;
}
