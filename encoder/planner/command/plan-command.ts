import { Command, InvalidArgumentError, Option } from 'commander';
import type { Carrier } from '../../../codecs/mpegts/index.js';
import { CliError, UsageError } from '../../../codecs/node/command.js';
import { probability } from '../../../codecs/node/options.js';
import { formatCount, printableJson } from '../../../codecs/text.js';
import { addSelectionOptions } from '../../content/selection-options.js';
import { authDepth, bitRate, contentSize, mtuBytes, streamRate, timeSpan } from '../../options.js';
import { openProgress } from '../../progress.js';
import { CHANNEL_DEFAULTS } from '../../send/channel/channel.js';
import type { Surroundings } from '../../surroundings.js';
import { withPool } from '../../threads/pool.js';
import type { EditionPlan } from '../edition/plan-edition.js';
import { typicalEdition } from '../edition/typical.js';
import { addChannelOptions, CHANNEL_NOTES, type ChannelOptions, modelOf } from './channel-options.js';
import { PLAN, PLAN_CHANNEL, type Question } from './plan-job.js';
import { encodeOptions, formatPlan, unmetSentences } from './plan-report.js';
import type { EditionSize } from './size.js';
import { packetRate, recordingTimes, type Television, televisionOf } from './television.js';

interface Options extends ChannelOptions {
  size?: string;
  channel?: string;
  rate?: number;
  tsRate?: number;
  carrier?: Carrier;
  duration?: number;
  editEvery?: number;
  editChanges?: number;
  confidence: number;
  mtu?: number;
  authDepth?: number;
  exclude?: readonly string[];
  followLinks?: boolean;
  json?: true;
}

const NOTES = `
${CHANNEL_NOTES}

Content is sent in parts: the front, text, pictures, sound, film. For both orders the plan says when each of them is there: for
whoever is there from the start of a recording (datacast encode), and for whoever joins: in sequence a recording that is sent
again and again, mixed while datacast send goes on. datacast send --order sequence sends otherwise: plan it with --channel.
In sequence, part after part, the first ones are there early; mixed, whoever joins anywhere has everything soonest. A number of
bytes is divided into parts as they are in a usual directory; a directory is cut and compressed as encode does.

Within its model of the channel the plan promises nothing too high, and times follow from probabilities: docs/planner.md. The
model is not the channel: the rain of a year is not that of the next. Percentages are written 10 or 10%, below 1 with the sign: 0.3%.

Examples:
  Ten megabytes at 64 kbit/s when a tenth of the datagrams is lost:
    datacast plan --size 10M --rate 64k --loss 10
  A directory of which a page is edited every hour:
    datacast plan --size news --rate 256k --loss 10 --edit-every 1h
  Within a day, through the rain that a dish in Ka band with 5 dB of margin meets:
    datacast plan --size 20M --rate 256k --model rain-fade --frequency 20 --margin 5 --duration 1d
  A DVB-S2 carrier of which 1 % of the frames is lost:
    datacast plan --size 5M --rate 1M --model dvb-s2 --loss 1 --modcod 8psk-3/4 --symbol-rate 27.5M
  A satellite that is seen for 8 minutes every 95 minutes:
    datacast plan --size 20M --rate 2M --model pass --window-seconds 480 --period-seconds 5700
  When receivers have each bundle of a channel file:
    datacast plan --channel channel.yaml --loss 10
  How long people must record from a television service of 2 Mbit/s with a set-top box:
    datacast plan --size news --ts-rate 2M --carrier video --model recorder --loss 1
  Bursts of 50 datagrams, for scripts:
    datacast plan --size 10M --rate 1M --model gilbert-elliott --loss 5 --burst 50 --confidence 0.9999 --json

Exit codes: 0 the goal is met, 1 failed or the goal cannot be promised, 2 wrong command line.`;

/** Options of one edition: a channel file says it of each bundle. */
const FOREIGN = [
  'size',
  'tsRate',
  'carrier',
  'duration',
  'editEvery',
  'editChanges',
  'exclude',
  'followLinks',
] as const;

/** `datacast plan`: repair, order and airtime for an edition, a rate and a channel. */
export function planCommand({ io, crypto, interrupted, now }: Surroundings): Command {
  async function planChannel(path: string, options: Options): Promise<void> {
    const foreign = FOREIGN.find((name) => options[name] !== undefined);
    if (foreign !== undefined) {
      throw new UsageError(
        'With --channel go --rate, --mtu, --auth-depth, --confidence, --json and the options of the loss alone: all else stands in the file.',
      );
    }
    // What packs and reads editions is loaded where there are some: it takes longer than most plans.
    const { formatBundles, shortOf } = await import('./bundles-report.js');
    const { measureChannel } = await import('./plan-channel.js');
    const progress = openProgress(io, interrupted);
    const { rate, mtu, authDepth } = options;
    const asked = { rate, mtu, authDepth };
    const time = now();
    const measured = await measureChannel(path, asked, time, crypto, progress.onProgress).finally(() =>
      progress.end(),
    );
    const { leftOut } = measured;
    const question = { ...measured.question, model: modelOf(options), confidence: options.confidence };
    const planned = await withPool(PLAN_CHANNEL, undefined, { threads: 1, interrupted }, (pool) =>
      pool.run(question),
    );
    io.stdout.write(
      options.json ? `${printableJson({ ...planned, leftOut }, 2)}\n` : formatBundles(planned, leftOut, time),
    );
    const short = shortOf(planned);
    if (short.length > 0) {
      throw new CliError(`${formatCount(short.length, 'bundle')} may never be complete on this channel.`);
    }
  }

  const command = new Command('plan')
    .description(
      'Plan a transmission: repair, order and airtime for a channel, and when receivers have the front, each class and all.',
    )
    .option(
      '--size <BYTES|PATH>',
      'compressed bytes, like 10000000 or 10M, or a directory or file to measure',
    )
    .option('--channel <FILE>', 'the bundles of a channel file of datacast send instead of --size')
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
    );
  return addSelectionOptions(addChannelOptions(command))
    .option('--duration <T>', 'how long the transmission may take, like 90, 15m or 2h', timeSpan)
    .option('--edit-every <T>', 'the content is edited so often', timeSpan)
    .option(
      '--edit-changes <BYTES>',
      'compressed bytes that an edit changes (default: the largest part with text)',
      changedBytes,
    )
    .option('--confidence <P>', 'probability that a receiver completes', probability, 0.999)
    .option('--mtu <BYTES>', `largest IP packet (default: ${CHANNEL_DEFAULTS.mtu})`, mtuBytes)
    .option(
      '--auth-depth <D>',
      `one signature for 2^D datagrams, each 16 D bytes longer (default: ${CHANNEL_DEFAULTS.authDepth})`,
      authDepth,
    )
    .option('--json', 'print the plan as JSON')
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      if (options.channel !== undefined) return planChannel(options.channel, options);
      const { confidence, duration } = options;
      const { mtu = CHANNEL_DEFAULTS.mtu, authDepth = CHANNEL_DEFAULTS.authDepth } = options;
      if (options.size === undefined) throw new UsageError('Give --size, or --channel with a channel file.');
      const { size: content, exclude, followLinks } = options;
      const television = televisionOf(options);
      const rate = television === undefined ? options.rate! : packetRate(television, mtu);
      const model = modelOf(options);
      const progress = openProgress(io, interrupted);
      let size: EditionSize;
      try {
        size = await sizeOf(content, async (path) =>
          (await import('./size.js')).measureEdition(path, crypto, progress.onProgress, {
            exclude,
            followLinks,
          }),
        );
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
        authDepth,
        ...(duration !== undefined && { duration }),
        ...(options.editEvery !== undefined && { editEvery: options.editEvery }),
        ...(options.editChanges !== undefined && { editBytes: options.editChanges }),
      };
      const planned = await withPool(PLAN, undefined, { threads: 1, interrupted }, (pool) =>
        pool.run(question),
      );
      io.stdout.write(
        options.json
          ? `${printableJson({ ...planned, objects: size.objects, ...about(planned, size, television) }, 2)}\n`
          : formatPlan(planned, size, television),
      );
      if (planned.unmet !== undefined) {
        const [sentence] = unmetSentences(planned, planned.unmet);
        // The text says why, and what would meet it.
        throw new CliError(options.json ? sentence : `The goal of ${confidence} is not met by this plan.`);
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
