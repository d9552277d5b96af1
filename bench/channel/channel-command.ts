import { Command, Option } from 'commander';
import { type CliIo, UsageError } from '../../codecs/node/command.js';
import { channelPercentage, decimal } from '../../codecs/node/options.js';
import { requireNoTerminal, STANDARD_STREAM } from '../../codecs/node/standard-stream.js';
import { count } from '../options.js';
import {
  channelOfOptions,
  DEFAULT_BURST,
  DEFAULT_OUTAGE_SECONDS,
  LOSS_MODELS,
  type LossOptions,
} from './channel-options.js';
import { ChannelError, type ForgeryKind, lossRate, meanBurstLength } from './index.js';
import { passRecording, type RecordingReport } from './pass-recording.js';
import type { ChannelParameters } from './simulated-channel.js';

type Impairments = Omit<ChannelParameters, 'channel'>;
interface ChannelOptions extends LossOptions, Impairments {
  json?: true;
}

const EXAMPLES = `
Options take percent of the datagrams, as 30 or 30%. Inside --channel, P is a share, as 0.3 or 30%.

A channel is written as MODEL:KEY=VALUE,KEY=VALUE; several are joined by +, and any of them may lose a datagram:
  bernoulli:loss=P
  gilbert-elliott:loss=P,burst=N
  rain-fade:band=ku or ka, or share=P,meanSeconds=S,[sigma=S]; [lossInFade=P]
  shadowing:share=P,meanSeconds=S
  dvb-s2:loss=P (of baseband frames),packetsPerFrame=N,[share=P] (of the carrier that is ours)
  pass:orbit=leo-550 or leo-1200, or periodSeconds=S,windowSeconds=S; [edgeLoss=P,edgeSeconds=S]
  recorder:loss=P (of transport stream packets) [burst=N,startSeconds=S,endSeconds=S,durationSeconds=S]
  trace:path=FILE
docs/channel-models.md tells where the models come from. Times are those of the recording.

Examples:
  Three datagrams in ten are lost, independently of each other:
    datacast-bench channel sent.pcap received.pcap --loss 30%
  The same loss in bursts of 20 datagrams on average, with forgeries among them:
    datacast-bench channel sent.pcap received.pcap --loss 30% --model gilbert-elliott --burst 20 --forge 5%
  A quarter of the time is lost in outages of 2 seconds, by the times in the recording:
    datacast-bench channel sent.pcap received.pcap --loss 25% --model outage --outage-seconds 2
  A dish in Ka band in the rain, with bursts of its own, and a satellite that passes over:
    datacast-bench channel sent.pcap received.pcap --channel rain-fade:band=ka+gilbert-elliott:loss=5%,burst=20
    datacast-bench channel sent.pcap received.pcap --channel pass:orbit=leo-550,edgeLoss=0.5,edgeSeconds=60
  Bit errors, duplicates and datagrams out of order, another run of chance:
    datacast-bench channel sent.pcap received.pcap --corrupt 1% --duplicate 2% --reorder 16 --seed 7

  Between two other programs:
    datacast encode news --keys keys --out - | datacast-bench channel - - --loss 30% | datacast-receive - --trust keys/publisher.pub --out content

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

/** `datacast-bench channel`: passes a recording through a simulated channel. */
export function channelCommand(io: CliIo): Command {
  return new Command('channel')
    .description('Pass a recording through a simulated channel. The same seed gives the same output.')
    .argument('<in.pcap>', 'recording of what was sent; - is standard input')
    .argument('<out.pcap>', 'where to write what arrives, replaced when it exists; - is standard output')
    .option('--loss <PERCENT>', 'mean loss (default: 0)', channelPercentage)
    .addOption(new Option('--model <NAME>', 'how loss comes about (default: bernoulli)').choices(LOSS_MODELS))
    .option(
      '--burst <N>',
      `gilbert-elliott: mean number of datagrams lost in a row (default: ${DEFAULT_BURST})`,
      decimal,
    )
    .option(
      '--outage-seconds <S>',
      `outage: length of an outage (default: ${DEFAULT_OUTAGE_SECONDS})`,
      decimal,
    )
    .option('--channel <SPEC>', 'loss in full, instead of the four options above; see below')
    .option('--forge <PERCENT>', 'datagrams that a forgery accompanies', channelPercentage, 0)
    .option('--corrupt <PERCENT>', 'datagrams with bit errors', channelPercentage, 0)
    .option('--truncate <PERCENT>', 'datagrams whose end is cut off', channelPercentage, 0)
    .option('--duplicate <PERCENT>', 'datagrams that arrive twice', channelPercentage, 0)
    .option('--reorder <W>', 'window in datagrams within which the order changes', count, 0)
    .option('--seed <N>', 'seed of the random numbers', count, 1)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (input: string, output: string, { json, ...options }: ChannelOptions) => {
      const parameters = parametersOf(options);
      if (output === STANDARD_STREAM) requireNoTerminal();
      const report = await passRecording(input, output, parameters, io);
      (output === STANDARD_STREAM ? io.stderr : io.stdout).write(
        json ? `${JSON.stringify(reportAsJson(report, parameters), null, 2)}\n` : reportAsText(report),
      );
    });
}

/** What contradicts itself is a wrong command line. */
function parametersOf(options: Omit<ChannelOptions, 'json'>): ChannelParameters {
  const { channel, loss, model, burst, outageSeconds, ...harm } = options;
  try {
    return { ...harm, channel: channelOfOptions({ channel, loss, model, burst, outageSeconds }) };
  } catch (error) {
    if (error instanceof ChannelError) throw new UsageError(error.message);
    throw error;
  }
}

const total = (counts: Partial<Record<string, number>>) =>
  Object.values(counts).reduce<number>((sum, count) => sum + (count ?? 0), 0);

function reportAsJson(
  { input, output, datagrams, skipped, delivered, tally }: RecordingReport,
  parameters: ChannelParameters,
) {
  const { loss, forged, changed } = tally;
  const { duplicated = 0, corrupted = 0, truncated = 0, reordered = 0 } = changed;
  return {
    input,
    output,
    parameters,
    datagrams,
    skipped,
    forged,
    lost: loss.lost,
    lossRate: lossRate(loss),
    bursts: loss.bursts,
    meanBurst: meanBurstLength(loss),
    longestBurst: loss.longestBurst,
    duplicated,
    corrupted,
    truncated,
    reordered,
    delivered,
  };
}

function reportAsText({ output, datagrams, skipped, delivered, tally }: RecordingReport): string {
  const { loss, forged, changed } = tally;
  const kinds = Object.keys(forged).sort() as ForgeryKind[];
  const percent = (100 * lossRate(loss)).toFixed(1);
  const rows: [string, string | number][] = [
    ['sent', datagrams],
    ['skipped', `${skipped} records of the input without a sound UDP datagram`],
    ['forged', total(forged)],
    ...kinds.map((kind): [string, number] => [`  ${kind}`, forged[kind]!]),
    ['lost', `${loss.lost} (${percent} %)`],
    [
      'bursts',
      `${loss.bursts}, ${meanBurstLength(loss).toFixed(1)} on average, ${loss.longestBurst} the longest`,
    ],
    ['duplicated', changed.duplicated ?? 0],
    ['corrupted', changed.corrupted ?? 0],
    ['truncated', changed.truncated ?? 0],
    ['reordered', changed.reordered ?? 0],
    ['delivered', `${delivered} datagrams in ${output}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(20)}${value}\n`).join('');
}
