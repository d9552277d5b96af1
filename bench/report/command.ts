import { Command, Option } from 'commander';
import { type CliIo, UsageError } from '../../codecs/node/command.js';
import { allCores } from '../loss/thread-tasks.js';
import { count, positiveNumber } from '../options.js';

const EXAMPLES = `
Runs the experiments and writes their report: DIR/index.html, one page with plots and tables, DIR/plots, the plots as SVG and
PNG, and DIR/loss.csv, the main figures of all cells. Results are kept in DIR; cells that are there already are not run again, so after an interruption give the same
command once more. Delete DIR to begin anew. What a cluster has merged counts too, as DIR/loss-seed-1.jsonl.

With a directory nothing is run: DIR/index.html is drawn from all results (.jsonl) of "datacast-bench loss" that are in it.

Examples:
  A first look, in about a minute:
    datacast-bench report --quick
  One's own results:
    datacast-bench loss --loss 10,20,30 --size 1000000 --passes 400 --out mine/loss.jsonl
    datacast-bench report mine
  The report, in about a quarter of an hour on two cores:
    npm run bench:loss
  Larger grid and more trials, for hours:
    npm run bench:loss -- --full
  The page docs/results.md, with the full table of failure statistics measured before:
    datacast-bench failure-rate --splits 100 --json > failure-rates.json
    npm run bench:loss -- --failure-rates failure-rates.json --markdown docs/results.md

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench report`: runs the loss-rate experiments and writes their report. */
export function reportCommand(io: CliIo): Command {
  return new Command('report')
    .description('Run the loss-rate experiments and write one page with plots and tables.')
    .argument('[DIR]', 'draw the results in this directory and run nothing')
    .option('--out <DIR>', 'where results and report are kept', 'bench-results')
    .addOption(
      new Option('--quick', 'smaller grid, fewer trials: about a minute').conflicts(['full', 'markdown']),
    )
    .option('--full', 'larger grid, more trials: hours')
    .option('--markdown <FILE.md>', 'write the report as Markdown too, its plots in the folder FILE')
    .option('--failure-rates <FILE>', 'take them from "datacast-bench failure-rate --json", measure none')
    .option('--seed <N>', 'seed of the random numbers', count, 1)
    .option('--jobs <N>', 'cores to use', positiveNumber, allCores())
    .addHelpText('after', EXAMPLES)
    .action(async (directory: string | undefined, options, command: Command) => {
      // Drawing takes a large library, which other commands need not wait for.
      const { drawReport, makeReport } = await import('./make.js');
      if (directory === undefined) return makeReport(options, io);
      const isGiven = (option: Option) => command.getOptionValueSource(option.attributeName()) === 'cli';
      const wrong = command.options.find((option) => option.long !== '--debug' && isGiven(option));
      if (wrong !== undefined) {
        throw new UsageError(`What is in ${directory} is drawn as it is: leave ${wrong.long} out.`);
      }
      await drawReport(directory, io);
    });
}
