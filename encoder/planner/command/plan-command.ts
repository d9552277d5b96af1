import { Command, InvalidArgumentError, Option } from 'commander';
import type { Carrier } from '../../../codecs/mpegts/index.js';
import { CliError, UsageError } from '../../../codecs/node/command.js';
import { channelPercentage, decimal, probability } from '../../../codecs/node/options.js';
import { printableJson } from '../../../codecs/text.js';
import { authDepth, bitRate, contentSize, mtuBytes, streamRate, timeSpan } from '../../options.js';
import { openProgress } from '../../progress.js';
import type { Surroundings } from '../../surroundings.js';
import { withPool } from '../../threads/pool.js';
import type { EditionPlan } from '../edition/plan-edition.js';
import { typicalEdition } from '../edition/typical.js';
import type { PlanModel } from '../question/model.js';
import { PLAN, type Question } from './plan-job.js';
import { encodeOptions, formatPlan, unmetSentences } from './plan-report.js';
import { type EditionSize, measureEdition } from './size.js';
import { packetRate, recordingTimes, type Television, televisionOf } from './television.js';

const MODELS = ['bernoulli', 'gilbert-elliott', 'rain-fade', 'pass', 'recorder'] as const;
type ModelName = (typeof MODELS)[number];

interface Options {
  size: string;
  rate?: number;
  tsRate?: number;
  carrier?: Carrier;
  model: ModelName;
  loss?: number;
  burst?: number;
  fadeShare?: number;
  fadeSeconds?: number;
  windowSeconds?: number;
  periodSeconds?: number;
  startSeconds?: number;
  endSeconds?: number;
  duration?: number;
  editEvery?: number;
  editChanges?: number;
  confidence: number;
  mtu: number;
  authDepth: number;
  json?: true;
}

const NOTES = `
Models, and the options that describe them:
  bernoulli        every datagram is lost with the probability --loss, whatever happens to the others
  gilbert-elliott  --loss in bursts of --burst datagrams on average (10 unless given)
  rain-fade        nothing arrives during --fade-share of the time, in fades of --fade-seconds on average; for a margin that
                   99 % of the time suffices, as in Ka band: --fade-share 1 --fade-seconds 300. --loss is what is lost besides.
  pass             the sender is seen for --window-seconds every --period-seconds; --loss is what is lost besides
  recorder         a set-top box loses --loss of the transport stream packets, in bursts of --burst packets if given, and
                   misses --start-seconds and --end-seconds of the transmission
Other channels, such as a recorded trace, have no formula: try repair and passes by simulation with datacast-bench loss.

Content is sent in parts: the front, text, pictures, sound, film. For both orders the plan says when each of them is there: for
whoever is there from the start of a recording (datacast encode), and for whoever joins while the sender goes on (datacast send).
In sequence, part after part, the first ones are there early; mixed, whoever joins anywhere has everything soonest. A number of
bytes is divided into parts as they are in a usual directory; a directory is cut and compressed as encode does.

Probabilities are exact or too low, never too high, and times follow from them: docs/planner.md. Percentages are written 10 or 10%, below 1 with the sign: 0.3%.

Examples:
  Ten megabytes at 64 kbit/s when a tenth of the datagrams is lost:
    datacast plan --size 10M --rate 64k --loss 10
  A directory of which a page is edited every hour:
    datacast plan --size news --rate 256k --loss 10 --edit-every 1h
  Within two hours, through fades of five minutes that take 1 % of the time:
    datacast plan --size 20M --rate 256k --model rain-fade --fade-share 1 --fade-seconds 300 --duration 2h
  A satellite that is seen for 8 minutes every 95 minutes:
    datacast plan --size 20M --rate 2M --model pass --window-seconds 480 --period-seconds 5700
  How long people must record from a television service of 2 Mbit/s with a set-top box:
    datacast plan --size news --ts-rate 2M --carrier video --model recorder --loss 1
  Bursts of 50 datagrams, for scripts:
    datacast plan --size 10M --rate 1M --model gilbert-elliott --loss 5 --burst 50 --confidence 0.9999 --json

Exit codes: 0 the goal is met, 1 failed or the goal cannot be met, 2 wrong command line.`;

/** `datacast plan`: repair, order and airtime for an edition, a rate and a channel. */
export function planCommand({ io, crypto, interrupted }: Surroundings): Command {
  return new Command('plan')
    .description(
      'Plan a transmission: repair, order and airtime for a channel, and when receivers have the front, each class and all.',
    )
    .requiredOption(
      '--size <BYTES|PATH>',
      'compressed bytes, like 10000000 or 10M, or a directory or file to measure',
    )
    .option('--rate <BPS>', 'bits per second of IP packets, like 64k or 2.5M', bitRate)
    .option(
      '--ts-rate <BPS>',
      'of a television service: the rate of its transport stream, like 2M',
      streamRate,
    )
    .addOption(
      new Option(
        '--carrier <KIND>',
        'what carries the datagrams of a television service (default: video)',
      ).choices(['video', 'subtitles']),
    )
    .option('--loss <PERCENT>', 'loss, see the models below', channelPercentage)
    .option('--model <NAME>', `how loss comes about: ${MODELS.join(', ')}`, modelName, 'bernoulli')
    .option('--burst <N>', 'mean number of datagrams, or of packets, lost in a row', decimal)
    .option('--fade-share <PERCENT>', 'share of the time in fades', channelPercentage)
    .option('--fade-seconds <T>', 'mean length of a fade, like 300 or 5m', timeSpan)
    .option('--window-seconds <T>', 'how long the sender is seen', timeSpan)
    .option('--period-seconds <T>', 'from the beginning of one window to the next', timeSpan)
    .option('--start-seconds <T>', 'what a recorder misses at the beginning', timeSpan)
    .option('--end-seconds <T>', 'what a recorder misses at the end', timeSpan)
    .option('--duration <T>', 'how long the transmission may take, like 90, 15m or 2h', timeSpan)
    .option('--edit-every <T>', 'the content is edited so often', timeSpan)
    .option(
      '--edit-changes <BYTES>',
      'compressed bytes that an edit changes (default: the largest part with text)',
      changedBytes,
    )
    .option('--confidence <P>', 'probability that a receiver completes', probability, 0.999)
    .option('--mtu <BYTES>', 'largest IP packet', mtuBytes, 1500)
    .option('--auth-depth <D>', 'one signature for 2^D datagrams, each 16 D bytes longer', authDepth, 0)
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      const { confidence, duration, mtu } = options;
      const television = televisionOf(options);
      const rate = television === undefined ? options.rate! : packetRate(television, mtu);
      const model = modelOf(options);
      const progress = openProgress(io, interrupted);
      let size: EditionSize;
      try {
        size = await sizeOf(options.size, (path) => measureEdition(path, crypto, progress.onProgress));
      } finally {
        progress.end();
      }
      const question: Question = {
        objects: size.objects,
        name: size.name,
        model,
        rate,
        confidence,
        mtu,
        authDepth: options.authDepth,
        ...(duration !== undefined && { duration }),
        ...(options.editEvery !== undefined && { editEvery: options.editEvery }),
        ...(options.editChanges !== undefined && { editBytes: options.editChanges }),
      };
      const planned = await withPool(PLAN, undefined, { threads: 1, interrupted }, (pool) =>
        pool.run(question),
      );
      io.stdout.write(
        options.json
          ? `${printableJson({ ...planned, ...about(planned, size, television) }, 2)}\n`
          : formatPlan(planned, size, television),
      );
      if (planned.unmet !== undefined) {
        throw new CliError(unmetSentences(planned, planned.unmet)[0]);
      }
    });
}

/** What scripts are told besides the plan. */
function about(plan: EditionPlan, size: EditionSize, television: Television | undefined) {
  return {
    sizeSource: size.source,
    encodeOptions: encodeOptions(plan, television),
    ...(television !== undefined && { television: { ...television, recording: recordingTimes(plan) } }),
  };
}

function changedBytes(text: string): number {
  const bytes = contentSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError('A number of bytes is needed, like 200000 or 200k.');
  return bytes;
}

function modelName(text: string): ModelName {
  const known = MODELS.find((name) => name === text);
  if (known === undefined) {
    throw new InvalidArgumentError(
      `There are formulas for ${MODELS.join(', ')}. For other channels and traces try datacast-bench loss.`,
    );
  }
  return known;
}

/** A size in bytes, or the measured size of what stands at a path. */
async function sizeOf(text: string, measure: (path: string) => Promise<EditionSize>): Promise<EditionSize> {
  try {
    const bytes = contentSize(text);
    return bytes === undefined
      ? await measure(text)
      : { objects: typicalEdition(bytes), source: 'given', name: 'bundle' };
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(error.message);
    throw error;
  }
}

/** Options that belong to some models only. */
const BELONGS = {
  burst: ['gilbert-elliott', 'recorder'],
  fadeShare: ['rain-fade'],
  fadeSeconds: ['rain-fade'],
  windowSeconds: ['pass'],
  periodSeconds: ['pass'],
  startSeconds: ['recorder'],
  endSeconds: ['recorder'],
} as const satisfies Partial<Record<keyof Options, readonly ModelName[]>>;
const DEFAULT_BURST = 10;

function modelOf(options: Options): PlanModel {
  const { model, loss, burst, startSeconds = 0, endSeconds = 0 } = options;
  for (const [option, models] of Object.entries(BELONGS)) {
    if (options[option as keyof typeof BELONGS] !== undefined && !models.some((name) => name === model)) {
      throw new UsageError(
        `--${dashed(option)} belongs to the model ${models.join(' or ')}, not to ${model}.`,
      );
    }
  }
  const needed = (
    option: 'loss' | 'fadeShare' | 'fadeSeconds' | 'windowSeconds' | 'periodSeconds',
  ): number => {
    const value = options[option];
    if (value === undefined) throw new UsageError(`The model ${model} needs --${dashed(option)}.`);
    return value;
  };
  const withLoss = (part: PlanModel): PlanModel =>
    loss ? { model: 'all', of: [part, { model: 'bernoulli', loss }] } : part;
  switch (model) {
    case 'bernoulli':
      return { model, loss: needed('loss') };
    case 'gilbert-elliott':
      return { model, loss: needed('loss'), burst: burst ?? DEFAULT_BURST };
    case 'rain-fade':
      return withLoss({ model, share: needed('fadeShare'), meanSeconds: needed('fadeSeconds') });
    case 'pass':
      return withLoss({
        model,
        windowSeconds: needed('windowSeconds'),
        periodSeconds: needed('periodSeconds'),
      });
    case 'recorder':
      return {
        model,
        loss: needed('loss'),
        startSeconds,
        endSeconds,
        ...(burst === undefined ? {} : { burst }),
      };
  }
}

function dashed(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
