import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../../codecs/node/command.js';
import { channelPercentage, decimal } from '../../../codecs/node/options.js';
import { bitRate, timeSpan } from '../../options.js';
import { frameModel } from '../question/dvb-s2.js';
import type { PlanModel, RainFade } from '../question/model.js';
import { fadesOf, USUAL_DISH } from '../rain/fades.js';

const MODELS = [
  'bernoulli',
  'gilbert-elliott',
  'rain-fade',
  'shadowing',
  'pass',
  'recorder',
  'dvb-s2',
] as const;
type ModelName = (typeof MODELS)[number];

/** What the command line says of a channel. */
export interface ChannelOptions {
  readonly model: ModelName;
  readonly loss?: number;
  readonly burst?: number;
  readonly frequency?: number;
  readonly margin?: number;
  readonly noiseTemperature?: number;
  readonly elevation?: number;
  readonly latitude?: number;
  readonly rainRate?: number;
  readonly rainHeight?: number;
  readonly fadeShare?: number;
  readonly fadeSeconds?: number;
  readonly windowSeconds?: number;
  readonly periodSeconds?: number;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  readonly modcod?: string;
  readonly symbolRate?: number;
}

export const CHANNEL_NOTES = `Models, and the options that describe them:
  bernoulli        every datagram is lost with the probability --loss, whatever happens to the others
  gilbert-elliott  --loss in bursts of --burst datagrams on average (10 unless given; not shorter than independent loss has them)
  rain-fade        nothing arrives while it rains too much for the dish: from --frequency in GHz, --margin in dB of C/N,
                   --noise-temperature, --elevation, --latitude, and the climate, --rain-rate and --rain-height; or during
                   --fade-share of the time, in fades of --fade-seconds on average. --loss is what is lost besides.
  shadowing        nothing arrives in the shadow of houses and trees: --fade-share, --fade-seconds; --loss is lost besides
  pass             the sender is seen for --window-seconds every --period-seconds; --loss is what is lost besides
  recorder         a set-top box loses --loss of the transport stream packets, in bursts of --burst packets if given, and
                   misses --start-seconds and --end-seconds of the transmission
  dvb-s2           a receiver loses --loss of the baseband frames, each with all packets in it: from --modcod, like 8psk-3/4,
                   and --symbol-rate, like 27.5M, when other services are on the carrier
Other channels, such as a recorded trace, have no formula: try repair and passes by simulation with datacast-bench loss.`;

export function addChannelOptions(command: Command): Command {
  const { margin, noiseTemperature, elevation, latitude, rainRate, rainHeight } = USUAL_DISH;
  return command
    .option('--loss <PERCENT>', 'loss, see the models below', channelPercentage)
    .option('--model <NAME>', `how loss comes about: ${MODELS.join(', ')}`, modelName, 'bernoulli')
    .option('--burst <N>', 'mean number of datagrams, or of packets, lost in a row', decimal)
    .option('--frequency <GHZ>', 'of the downlink, like 12 or 20', decimal)
    .option('--margin <DB>', `C/N in clear sky above what is needed (default: ${margin})`, decimal)
    .option(
      '--noise-temperature <K>',
      `of dish and receiver in clear sky (default: ${noiseTemperature})`,
      decimal,
    )
    .option('--elevation <DEG>', `of the satellite above the horizon (default: ${elevation})`, decimal)
    .option('--latitude <DEG>', `of the dish, north or south (default: ${latitude})`, decimal)
    .option(
      '--rain-rate <MM/H>',
      `rain exceeded for 0.01 % of a year (default: ${rainRate}, as in Korea)`,
      decimal,
    )
    .option('--rain-height <KM>', `up to where it rains (default: ${rainHeight})`, decimal)
    .option('--fade-share <PERCENT>', 'share of the time in fades', channelPercentage)
    .option('--fade-seconds <T>', 'mean length of a fade, like 300 or 5m', timeSpan)
    .option('--window-seconds <T>', 'how long the sender is seen', timeSpan)
    .option('--period-seconds <T>', 'from the beginning of one window to the next', timeSpan)
    .option('--start-seconds <T>', 'what a recorder misses at the beginning', timeSpan)
    .option('--end-seconds <T>', 'what a recorder misses at the end', timeSpan)
    .option('--modcod <NAME>', 'modulation and code rate of a DVB-S2 carrier, like qpsk-3/4')
    .option('--symbol-rate <BAUD>', 'symbols per second of the carrier, like 27.5M', bitRate);
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

const DISH = [
  'frequency',
  'margin',
  'noiseTemperature',
  'elevation',
  'latitude',
  'rainRate',
  'rainHeight',
] as const;

/** Options that belong to some models only. */
const BELONGS: Partial<Record<keyof ChannelOptions, readonly ModelName[]>> = {
  burst: ['gilbert-elliott', 'recorder'],
  ...Object.fromEntries(DISH.map((option) => [option, ['rain-fade']])),
  fadeShare: ['rain-fade', 'shadowing'],
  fadeSeconds: ['rain-fade', 'shadowing'],
  windowSeconds: ['pass'],
  periodSeconds: ['pass'],
  startSeconds: ['recorder'],
  endSeconds: ['recorder'],
  modcod: ['dvb-s2'],
  symbolRate: ['dvb-s2'],
};
const DEFAULT_BURST = 10;

/** @throws UsageError when options are missing or belong to another model, PlanError when there is no such channel */
export function modelOf(options: ChannelOptions): PlanModel {
  const { model, loss, burst, startSeconds = 0, endSeconds = 0 } = options;
  for (const [option, models] of Object.entries(BELONGS)) {
    if (options[option as keyof ChannelOptions] !== undefined && !models.includes(model)) {
      throw new UsageError(
        `--${dashed(option)} belongs to the model ${models.join(' or ')}, not to ${model}.`,
      );
    }
  }
  const needed = (option: 'loss' | 'fadeShare' | 'fadeSeconds' | 'windowSeconds' | 'periodSeconds'): number =>
    options[option] ?? missing(model, option);
  const withLoss = (part: PlanModel): PlanModel =>
    loss ? { model: 'all', of: [part, { model: 'bernoulli', loss }] } : part;
  switch (model) {
    case 'bernoulli':
      return { model, loss: needed('loss') };
    case 'gilbert-elliott':
      return { model, loss: needed('loss'), burst: burst ?? DEFAULT_BURST };
    case 'rain-fade':
      return withLoss(rainOf(options));
    case 'shadowing':
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
    case 'dvb-s2':
      return frameModel(needed('loss'), options.modcod ?? missing(model, 'modcod'), options.symbolRate);
  }
}

/** Fades as they are given, or as they follow from a dish and its rain. */
function rainOf(options: ChannelOptions): RainFade {
  const { fadeShare: share, fadeSeconds: meanSeconds, frequency } = options;
  const given = DISH.filter((option) => options[option] !== undefined);
  if (share === undefined && meanSeconds === undefined) {
    if (frequency === undefined) {
      throw new UsageError('The model rain-fade needs --frequency, or else --fade-share and --fade-seconds.');
    }
    const dish = Object.fromEntries(given.map((option) => [option, options[option]]));
    return fadesOf({ ...USUAL_DISH, ...dish, frequency });
  }
  if (given.length > 0) {
    throw new UsageError(
      `--fade-share and --fade-seconds say what fades there are; leave out --${dashed(given[0]!)}.`,
    );
  }
  return {
    model: 'rain-fade',
    share: share ?? missing('rain-fade', 'fadeShare'),
    meanSeconds: meanSeconds ?? missing('rain-fade', 'fadeSeconds'),
  };
}

function missing(model: ModelName, option: string): never {
  throw new UsageError(`The model ${model} needs --${dashed(option)}.`);
}

function dashed(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
