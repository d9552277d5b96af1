import { Command, Option } from 'commander';
import { CliError, type CliIo } from '../../codecs/node/command.js';
import { openProgressBar } from '../../codecs/node/terminal/progress-bar.js';
import { DEFAULT_LIMITS } from '../../receiver/engine/ports/limits.js';
import { environment, environmentLine } from '../environment.js';
import { count, positiveNumber } from '../options.js';
import { type FloodResult, runFlood } from './flood.js';

interface FloodCommandOptions {
  datagrams: number;
  seed: number;
  verify: 'lazy' | 'eager';
  signedOnly?: true;
  maxStore: number;
  json?: true;
}

const DEFAULT_DATAGRAMS = 1_000_000;
const DEFAULT_MAX_STORE = 64 * 2 ** 20;

const NOTES = `
The datagrams of one genuine bundle come evenly spread among datagrams that are forged, damaged, replayed, of sessions that
do not exist, of publishers who are not trusted and of senders who sign nothing, all kinds alike. The receiver runs in this
process, with its store on the disk. Memory is that of the whole process, which makes the flood as well.

Examples:
  A million datagrams:
    datacast-bench flood
  Fewer, checked one by one:
    datacast-bench flood --datagrams 50000 --verify eager

Exit codes: 0 done, 1 a limit was exceeded or the bundle did not arrive, 2 wrong command line.`;

/** `datacast-bench flood`: what an attacker who transmits as much as possible takes of a receiver. */
export function floodCommand(io: CliIo): Command {
  return new Command('flood')
    .description('Flood a receiver with hostile datagrams and see what they take of it.')
    .option('--datagrams <N>', 'hostile datagrams', positiveNumber, DEFAULT_DATAGRAMS)
    .option('--seed <N>', 'everything random follows from it', count, 1)
    .addOption(
      new Option('--verify <WHEN>', 'when the receiver checks signatures')
        .choices(['lazy', 'eager'])
        .default('lazy'),
    )
    .option('--signed-only', 'the receiver refuses sessions that nobody signed, as "listen" does')
    .option('--max-store <BYTES>', 'the most that the store may take', positiveNumber, DEFAULT_MAX_STORE)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ datagrams, seed, verify, signedOnly, maxStore, json }: FloodCommandOptions) => {
      const limits = { ...DEFAULT_LIMITS, maxStoredBytes: maxStore, maxObjectBytes: maxStore };
      const options = { datagrams, seed, verify, allowUnsigned: !signedOnly, limits };
      const bar = openProgressBar(io);
      bar.start('', datagrams, 'datagrams');
      const result = await runFlood(options, bar.update).finally(bar.end);
      const report = { environment: environment(), ...options, ...result };
      io.stdout.write(
        json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${environmentLine(report.environment)}\n${formatFlood(result)}`,
      );
      if (!result.complete) throw new CliError('The genuine bundle did not arrive.');
      if (result.storedBytes > maxStore || result.objects > limits.maxObjects) {
        throw new CliError('The receiver exceeded its limits.');
      }
    });
}

function formatFlood(r: FloodResult): string {
  const times = (count: number) => (count === 1 ? 'once' : `${count} times`);
  const number = (value: number) => value.toLocaleString('en-US');
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const all = Object.values(r.pushed).reduce((sum, count) => sum + count, 0);
  const lines: [string, string][] = [
    ['datagrams', `${number(all)}, ${number(r.pushed.genuine ?? 0)} of them genuine`],
    [
      'bundle',
      r.complete
        ? `arrived after ${number(r.completeAfter!)} datagrams, ${times(r.verified)}`
        : 'did not arrive',
    ],
    ['time', `${r.seconds.toFixed(1)} s, of which ${r.makingSeconds.toFixed(1)} s made the flood`],
    ['memory', `${mib(r.memoryBefore)} resident before, ${mib(r.peakMemory)} at most`],
    ['store', `${mib(r.storedBytes)} at most`],
    ['objects', `${r.objects} at a time at most`],
  ];
  for (const [what, count] of Object.entries(r.counters))
    if (count > 0) lines.push([`  ${what}`, number(count)]);
  return lines.map(([name, value]) => `${name.padEnd(28)}${value}\n`).join('');
}
