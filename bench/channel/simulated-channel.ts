import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import {
  type Channel,
  type ChannelSpec,
  compose,
  corrupt,
  createLossModel,
  createPrng,
  type Datagram,
  duplicate,
  emptyLossStatistics,
  type ForgeryKind,
  forge,
  type LossStatistics,
  lose,
  reorder,
  type Tally,
  truncate,
} from './index.js';
import { overhearTables } from './overheard-tables.js';

/** What the channel does; the probabilities are per datagram. */
export interface ChannelParameters {
  /** Everything random follows from it. */
  seed: number;
  /** How loss comes about. */
  channel: ChannelSpec;
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
  schemes: FecSchemes,
): { channel: Channel<D>; tally: ChannelTally } {
  const prng = createPrng(parameters.seed);
  const tally: ChannelTally = { loss: emptyLossStatistics(), forged: {}, changed: {} };
  const { listen, objectIdOf } = overhearTables<D>(schemes);
  const channel = compose<D>(
    listen,
    forge(prng.fork('forge'), parameters.forge, { crypto, objectIdOf }, tally.forged),
    lose(createLossModel(parameters.channel, prng.fork('loss')), tally.loss),
    duplicate(prng.fork('duplicate'), parameters.duplicate, tally.changed),
    corrupt(prng.fork('corrupt'), parameters.corrupt, undefined, tally.changed),
    truncate(prng.fork('truncate'), parameters.truncate, tally.changed),
    reorder(prng.fork('reorder'), parameters.reorder, tally.changed),
  );
  return { channel, tally };
}
