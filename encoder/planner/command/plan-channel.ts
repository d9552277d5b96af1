import { readFile } from 'node:fs/promises';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { CliError } from '../../../codecs/node/command.js';
import type { OnProgress } from '../../progress.js';
import type { Channel } from '../../send/channel/channel.js';
import { parseChannelFile } from '../../send/channel/channel-file.js';
import { linkOverhead, rateOfChannel } from '../../send/channel/link.js';
import { isSignedEdition } from '../../signed/signed-edition.js';
import { makeService } from '../../transport-stream/options.js';
import type { PlannedBundle } from '../bundles/plan-bundles.js';
import type { ChannelQuestion } from './plan-job.js';
import { measureEdition } from './size.js';

/**
 * What a channel file puts on the air, measured: its bundles are packed as `datacast send` packs them, and thrown away.
 *
 * @param asked rate of the command line, instead of that of the file
 * @throws ChannelFileError, UsageError, CliError or what measuring throws
 */
export async function readChannelQuestion(
  path: string,
  asked: number | undefined,
  crypto: Crypto,
  onProgress: OnProgress,
): Promise<Omit<ChannelQuestion, 'model' | 'confidence'>> {
  const channel = parseChannelFile(await readFile(path, 'utf8'), path);
  const { link, bundles, tableInterval } = channel;
  const rate = asked ?? (await rateOf(channel));
  const measured: PlannedBundle[] = [];
  for (const bundle of bundles) {
    const { name, path: content, weight, repair, order, frontInterval, rules, programme } = bundle;
    if (await isSignedEdition(content)) {
      throw new CliError(`${content} is a signed edition: plan with the directory that it was made of.`);
    }
    const { objects } = await measureEdition(content, crypto, onProgress, bundle);
    measured.push({ name, objects, weight, repair, order, frontInterval, rules, programme });
  }
  return { bundles: measured, tableInterval, rate, mtu: link.mtu, authDepth: link.authDepth };
}

/** Bits per second of IP packets, as `datacast send` works them out. */
async function rateOf(channel: Channel): Promise<number> {
  const { link } = channel;
  const { mtu, stream } = link;
  const service = stream && { ...(await makeService(stream, mtu)), tsRate: stream.tsRate };
  return rateOfChannel(channel, service, { mtu, packetOverhead: linkOverhead(link) });
}
