import { Command } from 'commander';
import type { CliIo } from '../codecs/cli.js';
import { type FailureRates, failureTable, measureFailureRates } from './failure-rate.js';
import { blockSizes, wholeNumber } from './options.js';

const EXAMPLES = `
Example:
  datacast-bench failure-rate --k 10,100,1000 --trials 10000`;

/** `datacast-bench failure-rate`: how often K, K + 1 and K + 2 symbols do not rebuild a block. */
export function failureRateCommand(io: CliIo): Command {
  return new Command('failure-rate')
    .description('Measure how often a block cannot be rebuilt from K, K+1 and K+2 symbols, against RFC 6330.')
    .option('--k <LIST>', 'numbers of source symbols', blockSizes, [10, 100, 1000])
    .option('--trials <N>', 'trials for each', wholeNumber, 10_000)
    .option('--seed <N>', 'seed of the random numbers', wholeNumber, 1)
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ k, trials, seed, json }: { k: number[]; trials: number; seed: number; json?: true }) => {
      const rows: FailureRates[] = [];
      for (const size of k) rows.push(await measureFailureRates(size, trials, seed));
      io.stdout.write(`${json ? JSON.stringify(rows, null, 2) : failureTable(rows)}\n`);
    });
}
