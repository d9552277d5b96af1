import { existsSync, readFileSync } from 'node:fs';
import { type FailureRates, measureFailureRates } from '../codec/failure-rate.js';
import { type GridName, LossError } from '../loss/index.js';
import { replaceFile } from '../loss/results/results.js';

/** Trials of one block size. */
export interface FailureExperiment {
  readonly sourceSymbols: number;
  readonly trials: number;
  /** Ways in which a trial that has failed goes on. */
  readonly splits: number;
}

const SIZES = [10, 26, 100, 500, 1000, 5000];
/** One way in about 250 fails. Of large blocks few trials are made, so each has to show more. */
const splitsOf = (sourceSymbols: number) => (sourceSymbols > 1000 ? 300 : 100);
/** What the table needs, and what large blocks get when time is short. */
const FULL_TRIALS = 100_000;
const SHORT_TRIALS: Readonly<Record<number, number>> = { 500: 50_000, 1000: 20_000, 5000: 4_000 };

/** In a quick report only small blocks are tried, as often as it takes to bound what K+3 symbols do. */
const QUICK_SIZES = 2;
const QUICK_TRIALS = 30_000;

export function failureExperiments(extent: GridName): FailureExperiment[] {
  const sizes = extent === 'quick' ? SIZES.slice(0, QUICK_SIZES) : SIZES;
  const trialsOf = (sourceSymbols: number) => {
    if (extent === 'quick') return QUICK_TRIALS;
    return extent === 'full' ? FULL_TRIALS : (SHORT_TRIALS[sourceSymbols] ?? FULL_TRIALS);
  };
  return sizes.map((sourceSymbols) => ({
    sourceSymbols,
    splits: splitsOf(sourceSymbols),
    trials: trialsOf(sourceSymbols),
  }));
}

/** The statistics of the code with the seed that they follow from. */
interface SeededRates {
  readonly seed: number;
  readonly rates: FailureRates;
}

export interface FailureOptions {
  readonly seed: number;
  readonly jobs: number;
  /** Called with the trials that were done. */
  readonly onTrials: (trials: number) => void;
}

/** Measures what the file does not hold yet; each block size is kept when it is done. */
export async function collectFailureRates(
  plans: readonly FailureExperiment[],
  path: string,
  { seed, jobs, onTrials }: FailureOptions,
): Promise<FailureRates[]> {
  const known = existsSync(path) ? readSeededRates(path) : [];
  const found: FailureRates[] = [];
  for (const { sourceSymbols, trials, splits } of plans) {
    const kept = known.find(
      ({ seed: of, rates }) =>
        of === seed &&
        rates.sourceSymbols === sourceSymbols &&
        rates.trials === trials &&
        rates.split !== undefined,
    );
    if (kept !== undefined) {
      found.push(kept.rates);
      onTrials(trials);
      continue;
    }
    const [rates] = await measureFailureRates([sourceSymbols], trials, seed, { jobs, splits, onTrials });
    found.push(rates!);
    known.push({ seed, rates: rates! });
    replaceFile(path, `${JSON.stringify(known, null, 1)}\n`);
  }
  return found;
}

function readSeededRates(path: string): SeededRates[] {
  const values = parseArray(path, 'an earlier report');
  for (const value of values) if (!isRates((value as Partial<SeededRates>)?.rates)) throw notRates(path);
  return values as SeededRates[];
}

/**
 * What `datacast-bench failure-rate --json` has written.
 *
 * @throws LossError when the file holds something else
 */
export function readFailureRates(path: string): FailureRates[] {
  const values = parseArray(path, 'datacast-bench failure-rate --json');
  for (const value of values) if (!isRates(value)) throw notRates(path);
  return values as FailureRates[];
}

function parseArray(path: string, maker: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(value))
    throw new LossError(`${path} is not what ${maker} writes: a JSON array is expected.`);
  return value;
}

function isRates(value: unknown): value is FailureRates {
  const { sourceSymbols, extendedSymbols, trials, failures, rates } = (value ?? {}) as Partial<FailureRates>;
  return (
    [sourceSymbols, extendedSymbols, trials].every((number) => Number.isSafeInteger(number)) &&
    [failures, rates].every((list) => Array.isArray(list) && list.length === 4)
  );
}

function notRates(path: string): LossError {
  return new LossError(`${path} holds something else than failure statistics; measure them again.`);
}
