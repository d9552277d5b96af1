import { Command, InvalidArgumentError } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { count } from '../options.js';
import { writeReport } from '../report/output/write.js';
import { measureEditions } from './run.js';
import { SCENARIOS } from './scenarios/index.js';
import { editionsPage, formatEditions } from './text.js';

const NOTES = `
Scenarios:
${SCENARIOS.map(({ name, title }) => `  ${name.padEnd(20)} ${title}`).join('\n')}

Simulated scenarios give the same figures for the same seed. The memory scenarios of 1 GB take many minutes and 4 GB of disk
space. A figure that misses its bar is marked, and the exit code is 0 all the same.

Examples:
  A quick look with smaller content, and a page with the plot:
    datacast-bench editions --quick --out report
  What an edit costs receivers:
    datacast-bench editions --scenario edits --scenario hourly

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

interface Options {
  scenario?: string[];
  quick?: true;
  seed: number;
  out?: string;
  json?: true;
}

/** `datacast-bench editions`: what receivers have when, in each of the situations that editions in parts were made for. */
export function editionsCommand(io: CliIo): Command {
  return new Command('editions')
    .description('Measure when content becomes readable, what an edit costs, and what it takes.')
    .option('--scenario <NAME>', 'only this one; may be given several times', scenarioNames)
    .option('--quick', 'smaller content, and only simulated scenarios unless others are named')
    .option('--seed <N>', 'of content, losses and moments of joining', count, 1)
    .option('--out <DIR>', 'write a page with the tables and a plot, as HTML, SVG and PNG')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ scenario, quick, seed, out, json }: Options) => {
      const isQuick = quick === true;
      const scenarios = SCENARIOS.filter(({ name, isQuick: canBeQuick }) =>
        scenario === undefined ? canBeQuick || !isQuick : scenario.includes(name),
      );
      const { plot, ...report } = await measureEditions({
        scenarios,
        seed,
        isQuick,
        isPlotted: out !== undefined,
        say: (sentence) => io.stderr.write(`${sentence}\n`),
      });
      io.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatEditions({ ...report, plot }));
      if (out === undefined) return;
      const { page } = await writeReport(editionsPage({ ...report, plot }), out);
      io.stderr.write(`The page is ${page}.\n`);
    });
}

function scenarioNames(name: string, earlier: string[] = []): string[] {
  if (!SCENARIOS.some((scenario) => scenario.name === name)) {
    const names = SCENARIOS.map((scenario) => scenario.name).join(', ');
    throw new InvalidArgumentError(`There is no such scenario. There are ${names}.`);
  }
  return [...earlier, name];
}
