import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { channelPercentage } from '../../codecs/node/options.js';
import { BROWSERS, type BrowserName } from '../../fixtures/browsers.js';
import { environment, environmentLine } from '../environment.js';
import { count } from '../options.js';
import { CASES, type Figures, measureCase } from './cases.js';
import { createMaterial } from './material.js';
import { formatFigures } from './text.js';

const NOTES = `
Cases:
${CASES.map(({ name, title, isLong }) => `  ${name.padEnd(20)} ${title}${isLong ? ' (only when it is named)' : ''}`).join('\n')}

The page is what "datacast page" makes, opened from the disk. The time begins when a recording is picked, and ends when the page says
what came of it. Each file that it has then is compared with what was sent. The whole browser is held to a share of a core by
a control group, or by stopping and continuing its processes. Memory is what the process with the page has above the page before.
Bars are in brackets; a figure that misses its bar is in bold, and the exit code is 0 all the same.

Example:
  What a weak device takes:
    datacast-bench page --case site-quarter --case no-ed25519

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

interface Options {
  case?: string[];
  browser?: BrowserName[];
  seed: number;
  loss: number;
  json?: true;
}

/** `datacast-bench page`: what the page takes in real browsers. */
export function pageCommand(io: CliIo): Command {
  return new Command('page')
    .description('Measure the page in Chromium and Firefox: time, standstill, memory; results are checked.')
    .option('--case <NAME>', 'only this one; may be given several times', caseNames)
    .addOption(
      new Option('--browser <NAME>', 'only this one; may be given several times')
        .choices(BROWSERS)
        .argParser(browserNames),
    )
    .addOption(
      new Option('--loss <PERCENT>', 'datagrams that are lost')
        .argParser(channelPercentage)
        .default(0.2, '20 %'),
    )
    .option('--seed <N>', 'of content and losses', count, 1)
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ case: names, browser: browsers = [...BROWSERS], seed, loss, json }: Options) => {
      const say = (sentence: string) => void io.stderr.write(`${sentence}\n`);
      const chosen = CASES.filter(({ name, isLong }) => names?.includes(name) ?? !isLong);
      const directory = mkdtempSync(join(tmpdir(), 'datacast-bench-page-'));
      const figures: Figures[] = [];
      try {
        const material = createMaterial({ directory, seed, loss, say });
        for (const browser of browsers) {
          let scratch: Figures | undefined;
          for (const each of chosen) {
            say(`${browser}: ${each.title}`);
            const measured = await measureCase(each, { material, browser, previous: scratch });
            figures.push(measured);
            if (each.bars.ratio === undefined) scratch = measured;
            say(`  ${measured.reading.seconds.toFixed(1)} s`);
          }
        }
      } finally {
        rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
      }
      const versions = browsers.map(versionOf);
      const report = { environment: environment(), versions, parameters: { seed, loss }, figures };
      io.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    });
}

function formatReport(report: {
  readonly environment: ReturnType<typeof environment>;
  readonly versions: readonly string[];
  readonly parameters: { readonly seed: number; readonly loss: number };
  readonly figures: readonly Figures[];
}): string {
  const { seed, loss } = report.parameters;
  const means = [...new Set(report.figures.flatMap((each) => each.means ?? []))].join(', ');
  return [
    `${environmentLine(report.environment)}\n${report.versions.join(', ')}\n`,
    `loss ${100 * loss} %, seed ${seed}${means && `, shares of a core by ${means}`}\n\n`,
    formatFigures(report.figures),
  ].join('');
}

function caseNames(name: string, earlier: string[] = []): string[] {
  if (CASES.some((each) => each.name === name)) return [...earlier, name];
  throw new InvalidArgumentError(`There is ${CASES.map((each) => each.name).join(', ')}.`);
}

function browserNames(name: string, earlier: BrowserName[] = []): BrowserName[] {
  const found = BROWSERS.find((each) => each === name);
  if (found === undefined) throw new InvalidArgumentError(`There is ${BROWSERS.join(', ')}.`);
  return [...earlier, found];
}

function versionOf(browser: BrowserName): string {
  return spawnSync(browser, ['--version'], { encoding: 'utf8' }).stdout.trim();
}
