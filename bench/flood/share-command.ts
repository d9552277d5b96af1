import { Command, InvalidArgumentError } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { list } from '../../codecs/node/options.js';
import { environment, environmentLine } from '../environment.js';
import { count, positiveNumber } from '../options.js';
import type { Summary } from '../statistics.js';
import { measureShares, type ShareResult } from './share.js';

interface ShareCommandOptions {
  shares: number[];
  runs: number;
  seed: number;
  json?: true;
}

const shares = list((text) => {
  const share = Number(text.endsWith('%') ? text.slice(0, -1) : Number.NaN) / 100;
  if (share >= 0 && share < 1) return share;
  throw new InvalidArgumentError('Shares are percentages from 0% to below 100%, like 0%,50%.');
});

const NOTES = `
Processor time of a receiver for a bundle of 1.4 MB in datagrams of a signature each, among forgeries of all kinds, from the
first datagram until it is handed out: the median of the runs, and the range of all. The store is in memory. Forgeries are made
before time is taken.

Example:
  As in docs/threat-model.md:
    datacast-bench forged-share --shares 0%,10%,50%,90% --runs 9

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench forged-share`: the processor time that forgeries take. */
export function shareCommand(io: CliIo): Command {
  return new Command('forged-share')
    .description('Measure the processor time that forged datagrams take of a receiver.')
    .option('--shares <LIST>', 'percentages of forged datagrams', shares, [0, 0.1, 0.5, 0.9])
    .option('--runs <N>', 'of each share', positiveNumber, 9)
    .option('--seed <N>', 'everything random follows from it', count, 1)
    .option('--json', 'print the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ json, ...options }: ShareCommandOptions) => {
      const results: ShareResult[] = [];
      const machine = environment();
      if (!json) io.stdout.write(`${environmentLine(machine)}\n${heading()}`);
      await measureShares(options, (result) => {
        results.push(result);
        if (!json) io.stdout.write(line(result));
      });
      if (json)
        io.stdout.write(`${JSON.stringify({ environment: machine, ...options, results }, null, 2)}\n`);
    });
}

const COLUMNS = [6, 7, 8, 8, 24, 22, 12, 8];
const row = (cells: readonly string[]) =>
  `${cells.map((cell, i) => (i === 0 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))).join(' ')}\n`;

const heading = () =>
  row(['check', 'forged', 'genuine', 'forged', 'CPU s', 'us each', 'datagrams/s', 'Mbit/s']);

function line({ verify, share, ...result }: ShareResult): string {
  const range = ({ median, min, max }: Summary, digits: number) =>
    `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
  return row([
    verify,
    `${Math.round(100 * share)} %`,
    String(result.genuine.median),
    String(result.forged.median),
    range(result.seconds, 3),
    range(result.perDatagram, 0),
    Math.round(result.datagramsPerSecond).toLocaleString('en-US'),
    result.megabits.toFixed(0),
  ]);
}
