import type { Crypto } from '../../../codecs/crypto/index.js';
import { EditionError, timeOf } from '../../../codecs/edition/index.js';
import { hasCode } from '../../../codecs/error-code.js';
import { CliError, describeError } from '../../../codecs/node/command.js';
import { printable } from '../../../codecs/text.js';
import { EncodeError } from '../../error.js';
import type { OnProgress } from '../../progress.js';
import type { Channel, ChannelBundle } from '../../send/channel/channel.js';
import { readChannelFile } from '../../send/channel/channel-reader.js';
import { linkOverhead, rateOfChannel } from '../../send/channel/link.js';
import { isSignedEdition } from '../../signed/signed-edition.js';
import { makeService } from '../../transport-stream/options.js';
import type { PlannedBundle } from '../bundles/plan-bundles.js';
import type { LeftOut } from './bundles-report.js';
import type { ChannelQuestion } from './plan-job.js';
import { measureEdition } from './size.js';

/** What counts more than the channel file. */
export interface Overrides {
  readonly rate: number | undefined;
  readonly mtu: number | undefined;
  readonly authDepth: number | undefined;
}

/** What a channel file puts on the air. */
export interface MeasuredChannel {
  readonly question: Omit<ChannelQuestion, 'model' | 'confidence'>;
  readonly leftOut: readonly LeftOut[];
}

/**
 * What a channel file puts on the air, measured: its bundles are packed as `datacast send` packs them, and thrown away.
 *
 * @param now Unix milliseconds
 * @throws ChannelFileError, UsageError, CliError or what measuring throws
 */
export async function measureChannel(
  path: string,
  asked: Overrides,
  now: number,
  crypto: Crypto,
  onProgress: OnProgress,
): Promise<MeasuredChannel> {
  const read = await readChannelFile(path);
  const { mtu = read.link.mtu, authDepth = read.link.authDepth } = asked;
  const channel: Channel = { ...read, link: { ...read.link, mtu, authDepth } };
  const rate = asked.rate ?? (await rateOf(channel));
  const bundles: PlannedBundle[] = [];
  const leftOut: LeftOut[] = [];
  for (const bundle of channel.bundles) {
    const { name } = bundle;
    const expired = expiredText(bundle, now);
    const measured = expired ?? (await measure(bundle, crypto, onProgress));
    if (typeof measured === 'string') leftOut.push({ name, why: measured });
    else bundles.push(measured);
  }
  if (bundles.length === 0) {
    throw new CliError(
      `Nothing of ${path} is on the air. ${leftOut.map(({ name, why }) => `${name}: ${why}`).join(' ')}`,
    );
  }
  return { question: { bundles, tableInterval: channel.tableInterval, rate, mtu, authDepth }, leftOut };
}

function expiredText({ rules: { expires } }: ChannelBundle, now: number): string | undefined {
  if (expires === undefined || expires > now) return undefined;
  return `it expired at ${timeOf(Math.floor(expires / 1000))} and takes no airtime.`;
}

/** A sentence when the content is not there and may be so. */
async function measure(
  bundle: ChannelBundle,
  crypto: Crypto,
  onProgress: OnProgress,
): Promise<PlannedBundle | string> {
  const { name, path, optional, weight, repair, order, frontInterval, rules, programme } = bundle;
  if (await isSignedEdition(path)) {
    throw new CliError(`${path} is a signed edition: plan with the directory that it was made of.`);
  }
  try {
    const { objects } = await measureEdition(path, crypto, onProgress, bundle);
    return { name, objects, weight, repair, order, frontInterval, rules, programme };
  } catch (error) {
    const isExpected =
      error instanceof EncodeError || error instanceof EditionError || hasCode(error, 'ENOENT');
    if (optional !== true || !isExpected) throw error;
    return `it is optional and takes no airtime yet: ${printable(describeError(error))}`;
  }
}

/** Bits per second of IP packets, as `datacast send` works them out. */
async function rateOf(channel: Channel): Promise<number> {
  const { link } = channel;
  const { mtu, stream } = link;
  const service = stream && { ...(await makeService(stream, mtu)), tsRate: stream.tsRate };
  return rateOfChannel(channel, service, { mtu, packetOverhead: linkOverhead(link) });
}
