import type { Crypto } from '../codecs/crypto/index.js';
import {
  bernoulli,
  type Channel,
  compose,
  corrupt,
  createPrng,
  type Datagram,
  duplicate,
  emptyLossStatistics,
  type ForgeryKind,
  forge,
  gilbertElliott,
  gilbertParameters,
  type LossModel,
  type LossStatistics,
  lose,
  outage,
  type Prng,
  periodicOutages,
  reorder,
  type Tally,
  truncate,
} from '../fixtures/channel/index.js';

export const LOSS_MODELS = ['bernoulli', 'gilbert-elliott', 'outage'] as const;
export type LossModelName = (typeof LOSS_MODELS)[number];

/** What the channel does; the probabilities are per datagram. */
export interface ChannelParameters {
  /** Everything random follows from it. */
  seed: number;
  model: LossModelName;
  /** Mean loss, 0..1. */
  loss: number;
  /** gilbert-elliott: mean number of datagrams lost in a row. */
  burst: number;
  /** outage: length of an outage in seconds. */
  outageSeconds: number;
  forge: number;
  duplicate: number;
  corrupt: number;
  truncate: number;
  /** Window in datagrams. */
  reorder: number;
}

/** What the channel did. */
export interface ChannelTally {
  loss: LossStatistics;
  forged: Tally<ForgeryKind>;
  changed: Tally<'duplicated' | 'corrupted' | 'truncated' | 'reordered'>;
}

/**
 * The channel of `datacast-bench channel`. Forgeries are sent beside the genuine datagrams and are lost, damaged and
 * reordered like them.
 */
export function simulatedChannel<D extends Datagram>(
  parameters: ChannelParameters,
  crypto: Crypto,
): { channel: Channel<D>; tally: ChannelTally } {
  const prng = createPrng(parameters.seed);
  const tally: ChannelTally = { loss: emptyLossStatistics(), forged: {}, changed: {} };
  const channel = compose<D>(
    forge(prng.fork('forge'), parameters.forge, { crypto }, tally.forged),
    lose(lossModel(prng.fork('loss'), parameters), tally.loss),
    duplicate(prng.fork('duplicate'), parameters.duplicate, tally.changed),
    corrupt(prng.fork('corrupt'), parameters.corrupt, undefined, tally.changed),
    truncate(prng.fork('truncate'), parameters.truncate, tally.changed),
    reorder(prng.fork('reorder'), parameters.reorder, tally.changed),
  );
  return { channel, tally };
}

function lossModel(prng: Prng, { model, loss, burst, outageSeconds }: ChannelParameters): LossModel {
  switch (model) {
    case 'bernoulli':
      return bernoulli(prng, loss);
    case 'gilbert-elliott':
      return gilbertElliott(prng, gilbertParameters(loss, burst));
    case 'outage':
      return outage(periodicOutages(prng, loss, outageSeconds));
  }
}
