import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CliError, type CliIo, UsageError } from '../../codecs/node/command.js';
import { duration } from '../../codecs/node/options.js';
import { bitRate } from '../../encoder/options.js';
import { missed } from '../bars.js';
import { ChannelError, parseChannelSpec, prepareLossModel } from '../channel/index.js';
import { count } from '../options.js';
import { judgeSoak } from './judge.js';
import { soak } from './run.js';
import { soakText } from './soak-report.js';

interface SoakCommandOptions {
  duration: number;
  seed: number;
  rate: number;
  channel?: string;
  ts?: true;
  adversary?: true;
  json?: true;
  keep?: true;
}

/** A datagram of transport packets that is lost tears two datagrams of ours in most cases. */
const CHANNELS = {
  datagrams: 'gilbert-elliott:loss=25%,burst=10',
  ts: 'gilbert-elliott:loss=10%,burst=10',
};

/** Milliseconds from which on figures are judged: in a shorter run one stall of the machine is more than they allow. */
const JUDGED_DURATION = 300_000;

const NOTES = `
"datacast send" with a channel file of three bundles, "datacast-bench relay" and two of "datacast-receive listen" run on the
loopback interface. The bundles change at random moments; the sender and receiver B are killed (SIGKILL) and started again at
random moments. Each edition that a receiver delivers is compared byte for byte with what was published. Linux only.

Examples:
  An hour:
    datacast-bench soak
  Five minutes of bad weather, as JSON, the logs of all processes kept:
    datacast-bench soak --duration 5m --channel gilbert-elliott:loss=40%,burst=30 --json --keep

  The same with an adversary beside it:
    datacast-bench soak --duration 5m --adversary

  A television service instead of datagrams, as a modulator gets it, at receivers that listen to udp://:
    datacast-bench soak --duration 5m --ts

Exit codes: 0 every edition arrived at both receivers unchanged, nothing else went wrong, and rate, memory, what is left in the state, what
is resumed and the relay are within their bars (docs/soak.md); 1 not so, 2 wrong command line.`;

/** `datacast-bench soak`: everything together, for as long as one likes. */
export function soakCommand(io: CliIo): Command {
  return new Command('soak')
    .description('Run sender, lossy relay and two receivers, kill them at random, and compare every edition.')
    .addOption(
      new Option('--duration <T>', 'how long editions change and processes are killed')
        .argParser(duration)
        .default(duration('1h'), '1h'),
    )
    .option(
      '--seed <N>',
      'contents, moments and losses follow from it (default: another one each time)',
      count,
    )
    .addOption(
      new Option('--rate <BPS>', 'bits per second of IP packets')
        .argParser(bitRate)
        .default(bitRate('2M'), '2M'),
    )
    .option(
      '--channel <SPEC>',
      `what the relay loses (default: ${CHANNELS.datagrams}; ${CHANNELS.ts} with --ts)`,
      channel,
    )
    .option(
      '--ts',
      'the datagrams go in a television service, over UDP; --rate is that of the transport stream',
    )
    .option('--adversary', 'a stranger sends replays and forgeries to both receivers, as fast as the sender')
    .option('--json', 'print the report as JSON, with a record of each edition')
    .option('--keep', 'keep the working directory, with the log of each process')
    .addHelpText('after', NOTES)
    .action(async ({ seed = Date.now() % 1e6, json, keep, ts, ...given }: SoakCommandOptions) => {
      if (ts && given.adversary) {
        throw new UsageError(
          'The adversary sends datagrams, not transport packets: leave out --adversary or --ts.',
        );
      }
      if (process.platform !== 'linux') throw new CliError('The soak looks into /proc: run it on Linux.');
      const work = mkdtempSync(join(tmpdir(), 'datacast-soak-'));
      const stop = new AbortController();
      const interrupt = () => stop.abort();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
      const onProgress = (sentence: string) => void io.stderr.write(`${sentence}\n`);
      onProgress(`Seed ${seed}${keep ? `, in ${work}` : ''}`);
      try {
        const options = { ...given, channel: given.channel ?? (ts ? CHANNELS.ts : CHANNELS.datagrams) };
        const report = await soak({
          ...options,
          transportStream: ts,
          seed,
          work,
          stop: stop.signal,
          onProgress,
        });
        const misses = missed(judgeSoak(report));
        io.stdout.write(
          json ? `${JSON.stringify({ ...report, missed: misses }, null, 2)}\n` : soakText(report, misses),
        );
        if (report.failures.length > 0) throw new CliError('The soak has failed.');
        if (misses.length > 0 && given.duration >= JUDGED_DURATION) {
          throw new CliError(`Everything arrived. ${misses.join(' ')}`);
        }
      } finally {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
        if (!keep) rmSync(work, { recursive: true, force: true });
      }
    });
}

function channel(text: string): string {
  try {
    prepareLossModel(parseChannelSpec(text));
    return text;
  } catch (error) {
    if (error instanceof ChannelError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
