import { createPrng } from '../../fixtures/prng.js';
import { createCorpus } from './corpus.js';
import { extentOf, openCoverage } from './coverage.js';
import { mutateBytes } from './mutate.js';
import { now } from './now.js';
import type { OpenTarget } from './target.js';

export interface LoopOptions {
  readonly seed: number;
  /** Inputs that are run, at most; of inputs that are sequences, what is in them is counted: datagrams, symbols. */
  readonly runs: number;
  /** When it ends, milliseconds of `now`; the seeds are run in any case. */
  readonly until: number;
  /** Told of each input before it is run. */
  readonly onInput: (input: Uint8Array) => void;
}

export interface LoopCounts {
  /** Inputs that were run, seeds and those that were run again for their coverage included. */
  readonly inputs: number;
  /** Those that the code took for good ones. */
  readonly taken: number;
  /** What the inputs were sequences of, and how many of them there were altogether. */
  readonly steps: { readonly of: string; readonly count: number } | undefined;
  readonly seeds: number;
  readonly corpus: number;
  /** Characters of code that have run. */
  readonly code: number;
  readonly milliseconds: number;
  /** Of the input that took longest. */
  readonly slowest: number;
}

/** The coverage is asked for after so many inputs, at most: that takes as long as a hundred of the fastest. */
const MAX_BATCH = 512;
const MAX_BATCH_OF_SLOW = 64;

/**
 * Runs the seeds, and then inputs that are made of those in the corpus. What runs follows from the seed, as far as the same
 * input covers the same code.
 *
 * @throws what a target throws: something does not hold for the last input that `onInput` was told of
 */
export async function fuzz(target: OpenTarget, options: LoopOptions): Promise<LoopCounts> {
  const { seed, runs, until, onInput } = options;
  const prng = createPrng(seed);
  const coverage = openCoverage();
  const corpus = createCorpus(coverage);
  const largest = target.isSlow ? MAX_BATCH_OF_SLOW : MAX_BATCH;
  const start = now();
  let inputs = 0;
  let taken = 0;
  let steps = 0;
  let slowest = 0;

  async function run(input: Uint8Array): Promise<void> {
    inputs++;
    steps += target.sequence?.length(input) ?? 0;
    onInput(input);
    const begin = now();
    const outcome = target.run(input);
    // a turn of the event loop for each input would take longer than most of them
    if (typeof outcome === 'boolean' ? outcome : await outcome) taken++;
    slowest = Math.max(slowest, now() - begin);
  }

  const isGoingOn = () => (target.sequence === undefined ? inputs : steps) < runs && now() < until;

  function make(): Uint8Array {
    const [input, other] = [corpus.pick(prng), corpus.pick(prng)];
    const changed = target.mutate?.(input, prng, other) ?? mutateBytes(input, prng, other, target.words);
    return target.mend !== undefined && prng.chance(0.5) ? target.mend(changed, prng) : changed;
  }

  try {
    for (const input of target.seeds) {
      await run(input);
      await corpus.learn([], run);
      corpus.add(input);
    }
    for (let size = 1; isGoingOn(); ) {
      const batch: Uint8Array[] = [];
      while (batch.length < size && isGoingOn()) {
        const input = make();
        batch.push(input);
        await run(input);
      }
      const isNew = await corpus.learn(batch, run);
      size = isNew ? Math.max(1, size >> 2) : Math.min(largest, size * 2);
    }
    return {
      inputs,
      taken,
      steps: target.sequence && { of: target.sequence.of, count: steps },
      seeds: target.seeds.length,
      corpus: corpus.inputs.length,
      code: extentOf(corpus.covered),
      milliseconds: now() - start,
      slowest,
    };
  } finally {
    coverage.close();
  }
}
