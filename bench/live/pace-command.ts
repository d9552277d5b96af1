import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { CliError, type CliIo } from '../../codecs/node/command.js';
import { list } from '../../codecs/node/options.js';
import { authDepth, bitRate } from '../../encoder/options.js';
import { atMost, type Judged, missed } from '../bars.js';
import { environment, environmentLine } from '../environment.js';
import { count } from '../options.js';
import { measurePace, type PaceResult } from './pace.js';

interface PaceOptions {
  rates: number[];
  seconds: number;
  authDepth: number;
  content: string;
  json?: true;
}

const DEFAULT_RATES = ['2k', '16k', '256k', '2M', '10M', '40M', '100M'];
/** At least so many packets show a pace. */
const LEAST_PACKETS = 5;
const PACKET_BITS = 12_000;
const CONTENT = fileURLToPath(new URL('../../../fixtures/bundle', import.meta.url));

const EXAMPLES = `
Examples:
  All rates, about two minutes; nothing else should run meanwhile:
    datacast-bench pace
  One rate, longer:
    datacast-bench pace --rates 100M --seconds 60

Exit codes: 0 done and within the bars (docs/bench.md), 1 failed or beyond one, 2 wrong command line.`;

/** `datacast-bench pace`: how evenly `datacast send` sends. */
export function paceCommand(io: CliIo): Command {
  return new Command('pace')
    .description('Send to the loopback interface and measure the error of the rate in any second.')
    .option(
      '--rates <LIST>',
      'bits per second, separated by commas',
      list(bitRate),
      list(bitRate)(DEFAULT_RATES.join()),
    )
    .option('--seconds <N>', 'how long to send at each rate', count, 15)
    .option('--auth-depth <D>', 'one signature for 2^D datagrams', authDepth, 0)
    .option('--content <DIR>', 'directory to send', CONTENT)
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ rates, seconds, authDepth, content, json }: PaceOptions) => {
      const results: PaceResult[] = [];
      const misses: string[] = [];
      for (const rate of rates) {
        io.stderr.write(`${rate} bit/s\n`);
        const enough = Math.max(seconds, Math.ceil((LEAST_PACKETS * PACKET_BITS) / rate));
        const result = await measurePace({ rate, seconds: enough, authDepth, content });
        results.push(result);
        misses.push(...missed(judgePace(result, enough)));
      }
      const report = { environment: environment(), authDepth, results, missed: misses };
      io.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : text(report));
      if (misses.length > 0) throw new CliError(misses.join('\n'));
    });
}

/** Errors of the rate as fractions: of the whole run, and of any second; airtime lost as a fraction of the run. */
const WHOLE_ERROR = 0.01;
const SECOND_ERROR = 0.05;
const LOST_SHARE = 0.01;
const PACKET_BYTES = 1500;

/** What was measured at a rate in so many seconds, against its bars. */
export function judgePace(result: PaceResult, seconds: number): Judged[] {
  const { rate, whole, worstWindow, burst, bucket, lostTime } = result;
  const of = (what: string) => `${rate} bit/s: ${what}`;
  return [
    { what: of('the error of the rate over the run'), value: Math.abs(whole), bar: atMost(WHOLE_ERROR) },
    { what: of('the error of the worst second'), value: worstWindow, bar: atMost(SECOND_ERROR) },
    // the promise of docs/uplink.md: rate x t + burst, and the packet that is being sent
    { what: of('the bytes beyond the rate'), value: burst, bar: atMost(bucket + PACKET_BYTES) },
    { what: of('the share of the airtime lost'), value: lostTime / 1000 / seconds, bar: atMost(LOST_SHARE) },
  ];
}

const HEADINGS = [
  'rate bit/s',
  'datagrams',
  'whole run',
  'worst second',
  'burst B',
  'bucket B',
  'late ms',
  'lost ms',
  'cores',
];

function text({
  environment: machine,
  results,
}: {
  environment: ReturnType<typeof environment>;
  results: PaceResult[];
}) {
  const percent = (value: number) => `${(100 * value).toFixed(3)} %`;
  const rows = results.map((r) => [
    String(r.rate),
    String(r.datagrams),
    percent(r.whole),
    percent(r.worstWindow),
    String(Math.round(r.burst)),
    String(r.bucket),
    r.lateness.toFixed(2),
    r.lostTime.toFixed(2),
    r.cores.toFixed(2),
  ]);
  const widths = HEADINGS.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]!.length)));
  const lines = [HEADINGS, ...rows].map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join('  '));
  return `${environmentLine(machine)}\n${lines.join('\n')}\n`;
}
