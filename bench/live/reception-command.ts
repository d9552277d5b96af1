import { Command, Option } from 'commander';
import { CliError, type CliIo, UsageError } from '../../codecs/node/command.js';
import { channelPercentage, list } from '../../codecs/node/options.js';
import { bitRate } from '../../encoder/options.js';
import { atMost, type Judged, missed } from '../bars.js';
import { environment, environmentLine } from '../environment.js';
import { positiveNumber } from '../options.js';
import { canPin, measureReception, type ReceptionResult } from './reception.js';

interface ReceptionOptions {
  rates: number[];
  seconds: number;
  loss: number;
  jobs: number;
  verify: 'lazy' | 'eager';
  cores?: 'all';
  json?: true;
}

const DEFAULT_RATES = ['20M', '50M', '100M', '150M'];

const NOTES = `
A directory that does not compress is encoded, a part of the datagrams is lost as on a bad channel, and a process of its own
sends the rest to "datacast-receive listen" over the loopback interface at an even rate, for half as long again as the
content takes, so that decoding and writing happen while datagrams come. Lost datagrams are those sent and not counted by
the receiver; the kernel's own count of drops stands beside. Nothing else should run meanwhile. Linux only.

Examples:
  All rates, the receiver on one core:
    datacast-bench reception
  One rate, longer, every signature checked:
    datacast-bench reception --rates 100M --seconds 30 --verify eager

Exit codes: 0 done and within the bars (docs/bench.md), 1 failed or beyond one, 2 wrong command line.`;

/** `datacast-bench reception`: how much a receiver loses by itself. */
export function receptionCommand(io: CliIo): Command {
  return new Command('reception')
    .description('Send a session to a receiver on this machine and count the datagrams that it loses.')
    .option(
      '--rates <LIST>',
      'bits per second, separated by commas',
      list(bitRate),
      list(bitRate)(DEFAULT_RATES.join()),
    )
    .option('--seconds <N>', 'how long the content takes', positiveNumber, 5)
    .addOption(
      new Option('--loss <PERCENT>', 'datagrams that are lost before they are sent')
        .argParser(channelPercentage)
        .default(0.1, '10 %'),
    )
    .option('--jobs <N>', 'threads of the receiver', positiveNumber, 1)
    .addOption(
      new Option('--verify <WHEN>', 'when the receiver checks signatures')
        .choices(['lazy', 'eager'])
        .default('lazy'),
    )
    .addOption(
      new Option('--cores <N>', 'the receiver uses all cores (default: one of them)').choices(['all']),
    )
    .option('--json', 'print the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ rates, cores, json, ...options }: ReceptionOptions) => {
      const oneCore = cores === undefined;
      if (process.platform !== 'linux') throw new UsageError('This is measured on Linux only.');
      if (oneCore && !canPin()) {
        throw new UsageError('taskset (util-linux) is missing: install it, or give --cores all.');
      }
      const results: ReceptionResult[] = [];
      for (const rate of rates) {
        io.stderr.write(`${rate} bit/s\n`);
        results.push(await measureReception({ ...options, rate, oneCore }));
      }
      const misses = results.flatMap((result) => missed(judgeReception(result)));
      const report = { environment: environment(), results, missed: misses };
      io.stdout.write(
        json
          ? `${JSON.stringify(report, null, 2)}\n`
          : `${environmentLine(report.environment)}\n${table(results)}`,
      );
      if (misses.length > 0) throw new CliError(misses.join('\n'));
    });
}

/** Shares of the datagrams: those that the receiver did not count, and those that the kernel dropped. */
const LOST_SHARE = 0.001;
/** The sender must have sent at the rate for the rest to mean something. */
const RATE_ERROR = 0.02;
/** Bytes resident, with a thread besides that of the socket; each further one takes 30 MB. */
const MEMORY = 200e6;
const MEMORY_OF_THREAD = 40e6;

/** What was measured at a rate, against its bars. */
export function judgeReception(result: ReceptionResult): Judged[] {
  const { rate, sentRate, sent, received, kernelDrops, peakMemory, jobs } = result;
  const of = (what: string) => `${rate} bit/s: ${what}`;
  return [
    { what: of('the error of the rate sent'), value: Math.abs(sentRate / rate - 1), bar: atMost(RATE_ERROR) },
    { what: of('the share of the datagrams lost'), value: 1 - received / sent, bar: atMost(LOST_SHARE) },
    { what: of('the share that the kernel dropped'), value: kernelDrops / sent, bar: atMost(LOST_SHARE) },
    {
      what: of('the memory of the receiver, bytes resident,'),
      value: peakMemory,
      bar: atMost(MEMORY + (jobs - 1) * MEMORY_OF_THREAD),
    },
  ];
}

const HEADINGS = ['Mbit/s', 'sent', 'lost', 'by the kernel', 'cores', 'peak MiB', 'complete s', 'buffer KiB'];

function table(results: readonly ReceptionResult[]): string {
  const rows = results.map((r) => [
    (r.sentRate / 1e6).toFixed(2),
    String(r.sent),
    String(r.sent - r.received),
    String(r.kernelDrops),
    r.cores.toFixed(2),
    (r.peakMemory / 2 ** 20).toFixed(0),
    r.complete.toFixed(1),
    (r.bufferBytes / 1024).toFixed(0),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  return [HEADINGS, ...rows]
    .map((row) => `${row.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}\n`)
    .join('');
}
