/**
 * How often a block of K source symbols cannot be rebuilt from K + h received symbols, against what RFC 6330
 * promises: at most 1 in 100, 10,000 and 1,000,000 for h = 0, 1, 2. Each trial receives random encoding symbols,
 * one by one, until the real decoder succeeds, and compares what it rebuilt.
 */

import { type BlockEncoder, loadRaptorQ, type RaptorQ, systematicIndex } from '../../codecs/raptorq/index.js';
import { createPrng, type Prng } from '../../fixtures/prng.js';
import { type Interval, wilson } from '../loss/interval.js';
import { allCores, runTasks, type TaskKind } from '../loss/thread-tasks.js';
import { addSums, type CodedBlock, noSums, type SplitSums, split, splitRates } from './failure-splitting.js';

/** The failure probability for 0 to 3 symbols beyond K; the last goes on by the same rule, two orders for each symbol. */
export const STANDARD_FAILURE_RATES: readonly number[] = [1e-2, 1e-4, 1e-6, 1e-8];

export interface FailureRates {
  readonly sourceSymbols: number;
  /** K'; where K = K' no padding symbol helps. */
  readonly extendedSymbols: number;
  readonly trials: number;
  /** failures[h]: trials that K + h symbols did not rebuild. */
  readonly failures: readonly number[];
  /** The same as probabilities, with 95 % Wilson intervals. */
  readonly rates: readonly Interval[];
  /** Of K + 1, K + 2 and K + 3 symbols, by splitting, with 95 % intervals; none unless it was asked for. */
  readonly split?: readonly Interval[];
}

/** Trials that one core does in one go. */
export interface FailureTask {
  readonly sourceSymbols: number;
  readonly trials: number;
  readonly seed: number;
  /** Tells the tasks of a block size apart: each has its own chance. */
  readonly part: number;
  /** Ways in which a trial that has failed goes on; 0: it is only counted. */
  readonly splits: number;
}

interface FailureCounts {
  readonly task: FailureTask;
  readonly failures: readonly number[];
  readonly sums: SplitSums;
}

/** ESIs are drawn from the first `ESI_RANGE` * K, source symbols among them, without repetition in a trial. */
const ESI_RANGE = 4;
const MIN_SYMBOLS = 64;
/** Part of the result: with other parts the same seed gives other trials. */
const TASK_TRIALS = 1000;

function codeBlock(raptorq: RaptorQ, sourceSymbols: number, random: Prng): CodedBlock {
  const oti = { transferLength: sourceSymbols, symbolSize: 1, sourceBlocks: 1, subBlocks: 1, alignment: 1 };
  const encoder: BlockEncoder = raptorq.createEncoder(oti, 0, random.bytes(sourceSymbols));
  const symbols = encoder.symbols(0, Math.max(MIN_SYMBOLS, ESI_RANGE * sourceSymbols));
  encoder.free();
  return { oti, symbols };
}

/** Symbols beyond K that it took. @param onFailure told which K symbols were not enough */
function extraSymbols(
  raptorq: RaptorQ,
  { oti, symbols }: CodedBlock,
  random: Prng,
  onFailure: (received: number[]) => void,
): number {
  const decoder = raptorq.createDecoder(oti, 0);
  const k = oti.transferLength;
  const received: number[] = [];
  try {
    for (;;) {
      const esi = random.below(symbols.length);
      if (!decoder.add(esi, symbols.subarray(esi, esi + 1))) continue;
      received.push(esi);
      if (decoder.received < k) continue;
      if (!decoder.tryDecode()) {
        if (decoder.received === k) onFailure([...received]);
        continue;
      }
      if (Buffer.compare(decoder.data(), symbols.subarray(0, k)) !== 0) {
        throw new Error(`A block of ${k} symbols was rebuilt wrongly.`);
      }
      return decoder.received - k;
    }
  } finally {
    decoder.free();
  }
}

/** Makes what does the trials of a task; a block is coded once for the tasks that follow one another. */
export async function prepareFailureTrials(): Promise<(task: FailureTask) => FailureCounts> {
  const raptorq = await loadRaptorQ();
  let block: CodedBlock | undefined;
  return (task) => {
    const { sourceSymbols, trials, seed, part, splits } = task;
    const random = createPrng(seed).fork(`K ${sourceSymbols} part ${part}`);
    if (block?.oti.transferLength !== sourceSymbols)
      block = codeBlock(raptorq, sourceSymbols, random.fork('block'));
    const failures = STANDARD_FAILURE_RATES.map(() => 0);
    const sums = noSums();
    const ofWays = random.fork('ways');
    const coded = block!;
    const goOn = (received: number[]) => {
      if (splits > 0) split(raptorq, coded, received, ofWays, splits, sums);
    };
    for (let trial = 0; trial < trials; trial++) {
      const extra = extraSymbols(raptorq, coded, random, goOn);
      for (let h = 0; h < Math.min(extra, failures.length); h++) failures[h]!++;
    }
    return { task, failures, sums };
  };
}

const TASK_KIND: TaskKind<FailureTask, FailureCounts> = {
  worker: new URL('./failure-rate-worker.js', import.meta.url),
  prepare: prepareFailureTrials,
};

export interface FailureOptions {
  /** Workers; all cores by default. */
  readonly jobs?: number;
  /** Ways in which a trial that has failed goes on; none by default. */
  readonly splits?: number;
  /** Called with the trials that were done. */
  readonly onTrials?: (trials: number) => void;
}

/**
 * Runs `trials` trials for blocks of each size; the same seed gives the same results on any number of cores.
 *
 * @param trials 1 or more
 */
export async function measureFailureRates(
  sizes: readonly number[],
  trials: number,
  seed: number,
  { jobs = allCores(), splits = 0, onTrials = () => {} }: FailureOptions = {},
): Promise<FailureRates[]> {
  // The large blocks first, so that no core is left with one at the end.
  const tasks = [...new Set(sizes)]
    .sort((a, b) => b - a)
    .flatMap((sourceSymbols) =>
      Array.from({ length: Math.ceil(trials / TASK_TRIALS) }, (_, part): FailureTask => {
        const own = Math.min(TASK_TRIALS, trials - part * TASK_TRIALS);
        return { sourceSymbols, seed, part, splits, trials: own };
      }),
    );
  const totals = new Map(sizes.map((size) => [size, STANDARD_FAILURE_RATES.map(() => 0)]));
  const parts = new Map<number, SplitSums[]>(sizes.map((size) => [size, []]));
  await runTasks(TASK_KIND, tasks, jobs, ({ task, failures, sums }) => {
    parts.get(task.sourceSymbols)![task.part] = sums;
    const total = totals.get(task.sourceSymbols)!;
    for (const [h, count] of failures.entries()) total[h]! += count;
    onTrials(task.trials);
  });
  return sizes.map((sourceSymbols) => {
    const failures = totals.get(sourceSymbols)!;
    const rates = failures.map((count) => wilson(count, trials));
    // in the order of the parts: sums of fractions depend on it
    const sums = noSums();
    for (const part of parts.get(sourceSymbols)!) addSums(sums, part);
    return {
      sourceSymbols,
      extendedSymbols: systematicIndex(sourceSymbols).kPrime,
      trials,
      failures,
      rates,
      ...(splits > 0 && { split: splitRates(sums, rates[0]!, trials) }),
    };
  });
}

/** The table as text. */
export function failureTable(rows: readonly FailureRates[]): string {
  const column = (text: string) => text.padStart(20);
  const titles = STANDARD_FAILURE_RATES.map((rate, h) =>
    column(`${h === 0 ? 'failed at K' : `at K+${h}`} (${rate.toExponential(0)})`),
  );
  const lines = rows.flatMap(({ sourceSymbols, extendedSymbols, trials, failures, rates, split: deep }) => {
    const cells = failures.map((count, h) =>
      column(`${count} (${count === 0 ? `< ${power(rates[h]!.high)}` : power(count / trials)})`),
    );
    const counted = `${numbers(sourceSymbols, extendedSymbols, trials)}${cells.join('')}`;
    if (deep === undefined) return [counted];
    const bySplitting = deep.map(({ probability, high }) =>
      column(`${power(probability)} (< ${power(high)})`),
    );
    return [counted, `${'by splitting'.padStart(24)}${column('')}${bySplitting.join('')}`];
  });
  return [`      K      K'   trials${titles.join('')}`, ...lines].join('\n');
}

const power = (value: number) => value.toExponential(1);
const numbers = (...values: number[]) =>
  values.map((value, i) => String(value).padStart(i === 0 ? 7 : i === 1 ? 8 : 9)).join('');
