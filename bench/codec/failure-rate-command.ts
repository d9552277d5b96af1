import { Command } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { allCores } from '../loss/thread-tasks.js';
import { blockSizes, count, positiveNumber } from '../options.js';
import { openCountBar } from '../progress.js';
import { failureTable, measureFailureRates } from './failure-rate.js';

interface FailureRateOptions {
  k: number[];
  trials: number;
  splits: number;
  seed: number;
  jobs: number;
  json?: true;
}

const EXAMPLES = `
Symbols have one byte each: whether they rebuild a block depends on which they are alone. The decoder is the real one,
and what it rebuilds is compared. Where nothing failed, the upper end of the 95 % interval is given. With --splits each trial that failed
goes on in so many ways, and each of these that fails too: so rates are found that would take millions of trials to count.

Examples:
  The whole table, about six minutes on two cores:
    datacast-bench failure-rate
  A quick look:
    datacast-bench failure-rate --k 10,100,1000 --trials 10000
  How often K+2 and K+3 symbols are not enough:
    datacast-bench failure-rate --k 10,26,100 --splits 100

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench failure-rate`: how often K to K + 3 symbols do not rebuild a block. */
export function failureRateCommand(io: CliIo): Command {
  return new Command('failure-rate')
    .description('Measure how often a block cannot be rebuilt from K to K+3 symbols, against RFC 6330.')
    .option('--k <LIST>', 'numbers of source symbols', blockSizes, [10, 26, 100, 500, 1000, 5000])
    .option('--trials <N>', 'trials for each', positiveNumber, 100_000)
    .option(
      '--splits <N>',
      'ways in which each trial that failed goes on: rates far below 1 / trials',
      count,
      0,
    )
    .option('--seed <N>', 'seed of the random numbers', count, 1)
    .option('--jobs <N>', 'cores to use', positiveNumber, allCores())
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ k, trials, splits, seed, jobs, json }: FailureRateOptions) => {
      const bar = openCountBar(trials * new Set(k).size, 'trials', io);
      try {
        const rows = await measureFailureRates(k, trials, seed, { jobs, splits, onTrials: bar.advance });
        bar.end();
        io.stdout.write(`${json ? JSON.stringify(rows, null, 2) : failureTable(rows)}\n`);
      } finally {
        bar.end();
      }
    });
}
