import { UsageError } from '../../codecs/node/command.js';
import { type ChannelSpec, parseChannelSpec } from './index.js';

export const LOSS_MODELS = ['bernoulli', 'gilbert-elliott', 'outage'] as const;
export type LossModelName = (typeof LOSS_MODELS)[number];

/** The two ways in which the command line describes loss: in full, or the usual models by options of their own. */
export interface LossOptions {
  channel?: string;
  /** Mean loss, 0..1. */
  loss?: number;
  model?: LossModelName;
  /** gilbert-elliott: mean number of datagrams lost in a row. */
  burst?: number;
  /** outage: length of an outage in seconds. */
  outageSeconds?: number;
}

export const DEFAULT_BURST = 10;
export const DEFAULT_OUTAGE_SECONDS = 1;

/**
 * @throws UsageError when an option does not belong to the model
 * @throws ChannelError when the channel is written wrongly
 */
export function channelOfOptions({ channel, ...options }: LossOptions): ChannelSpec {
  const { loss = 0, model = 'bernoulli', burst, outageSeconds } = options;
  if (channel !== undefined) {
    if (Object.values(options).some((value) => value !== undefined)) {
      throw new UsageError('--channel says it all; leave out --loss, --model, --burst and --outage-seconds.');
    }
    return parseChannelSpec(channel);
  }
  if (burst !== undefined && model !== 'gilbert-elliott') {
    throw new UsageError(`--burst belongs to --model gilbert-elliott, not to ${model}.`);
  }
  if (outageSeconds !== undefined && model !== 'outage') {
    throw new UsageError(`--outage-seconds belongs to --model outage, not to ${model}.`);
  }
  switch (model) {
    case 'bernoulli':
      return { model, loss };
    case 'gilbert-elliott':
      return { model, loss, burst: burst ?? DEFAULT_BURST };
    case 'outage':
      return regularOutages(loss, outageSeconds ?? DEFAULT_OUTAGE_SECONDS);
  }
}

/** Outages at a regular interval: what lies between them is the window of a pass. */
function regularOutages(share: number, seconds: number): ChannelSpec {
  if (!(seconds > 0)) {
    throw new UsageError(`An outage of ${seconds} seconds cannot be; give --outage-seconds above 0.`);
  }
  if (share === 0) return { model: 'bernoulli', loss: 0 };
  const periodSeconds = seconds / share;
  return { model: 'pass', periodSeconds, windowSeconds: periodSeconds - seconds };
}
