import { readFile } from 'node:fs/promises';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { CliError } from '../../../codecs/node/command.js';
import { formatBytes, formatCount, formatPercent } from '../../../codecs/text.js';
import type { OnProgress } from '../../progress.js';
import { CHANNEL_DEFAULTS, type Channel } from '../../send/channel/channel.js';
import { parseChannelFile } from '../../send/channel/channel-file.js';
import { linkOverhead, rateOfChannel } from '../../send/channel/link.js';
import { isSignedEdition } from '../../signed/signed-edition.js';
import { formatDuration, formatRate } from '../../text.js';
import { makeService } from '../../transport-stream/options.js';
import type { BundlePlan, BundlesPlan, PlannedBundle } from '../edition/plan-bundles.js';
import { describeModel } from './describe-model.js';
import type { ChannelQuestion } from './plan-job.js';
import { measureEdition } from './size.js';

/**
 * What a channel file puts on the air, measured: its bundles are packed, compressed and thrown away.
 *
 * @param asked rate of the command line, instead of that of the file
 * @throws ChannelFileError, UsageError, CliError or what measuring throws
 */
export async function readChannelQuestion(
  path: string,
  asked: number | undefined,
  crypto: Crypto,
  onProgress: OnProgress,
): Promise<{
  readonly question: Pick<ChannelQuestion, 'bundles' | 'rate' | 'mtu' | 'authDepth'>;
  /** What the file says, and the plan leaves out. */
  readonly leftOut: readonly string[];
}> {
  const channel = parseChannelFile(await readFile(path, 'utf8'), path);
  const { link, bundles } = channel;
  const rate = asked ?? (await rateOf(channel));
  const measured: PlannedBundle[] = [];
  for (const { name, path: content, weight, repair } of bundles) {
    if (await isSignedEdition(content)) {
      throw new CliError(`${content} is a signed edition: plan with the directory that it was made of.`);
    }
    const { objects } = await measureEdition(content, crypto, onProgress);
    measured.push({ name, objects, weight, repair });
  }
  const question = { bundles: measured, rate, mtu: link.mtu, authDepth: link.authDepth };
  return { question, leftOut: leftOutOf(channel) };
}

/** Bits per second of IP packets, as `datacast send` works them out. */
async function rateOf(channel: Channel): Promise<number> {
  const { link } = channel;
  const { mtu, stream } = link;
  const service = stream && { ...(await makeService(stream, mtu)), tsRate: stream.tsRate };
  return rateOfChannel(channel, service, { mtu, packetOverhead: linkOverhead(link) });
}

/** Settings by their names in the file, once each. */
function leftOutOf({ bundles, tableInterval }: Channel): string[] {
  const names = bundles.flatMap(({ rules, order, first, exclude, frontInterval }) => [
    ...(['start', 'expires', 'passes', 'every', 'pause'] as const).filter(
      (name) => rules[name] !== undefined,
    ),
    ...(order === CHANNEL_DEFAULTS.order ? [] : ['order']),
    ...(first === undefined ? [] : ['first']),
    ...(exclude === undefined || exclude.length === 0 ? [] : ['exclude']),
    ...(frontInterval === CHANNEL_DEFAULTS.frontInterval ? [] : ['front-interval']),
  ]);
  return [
    ...new Set([...names, ...(tableInterval === CHANNEL_DEFAULTS.tableInterval ? [] : ['fdt-interval'])]),
  ];
}

/** The bundles of which not everything arrives within what is reckoned. */
export function shortOf({ bundles }: BundlesPlan): BundlePlan[] {
  return bundles.filter(({ stages }) => stages.at(-1)!.joining.atConfidence === undefined);
}

const WIDTHS = [20, 18, 18, 18, 18, 18];

/** The plan for operators. */
export function formatBundles(plan: BundlesPlan, leftOut: readonly string[]): string {
  const row = (cells: readonly string[]) =>
    cells
      .map((cell, i) => `${cell} `.padEnd(WIDTHS[i]!))
      .join('')
      .trimEnd();
  const within = (seconds: number | undefined) => (seconds === undefined ? '-' : formatDuration(seconds));
  const rows = plan.bundles.map(({ name, bytes, pass, stages }) => {
    const timeOf = (wanted: string) => stages.find(({ kind }) => kind === wanted)?.joining.atConfidence;
    return [
      name,
      formatBytes(bytes),
      formatDuration(pass),
      ...['front', 'text', 'all'].map((kind) => within(timeOf(kind))),
    ];
  });
  const short = shortOf(plan).map(
    ({ name }) =>
      `${name}: no time was found within which ${formatPercent(plan.confidence, 1)} have everything. Give it a larger weight, or the channel a higher rate.`,
  );
  return [
    `Channel     ${describeModel(plan.model)}`,
    `On the air  ${formatCount(plan.bundles.length, 'bundle')} at ${formatRate(plan.rate)}, all the time, mixed`,
    ...(leftOut.length === 0
      ? []
      : [`Left out    ${leftOut.join(', ')}: the plan takes them as if they were not in the file`]),
    '',
    `Whoever joins has it after, ${formatPercent(plan.confidence, 1)} of them:`,
    row(['bundle', 'compressed', 'a pass', 'front', 'all text', 'everything']),
    ...rows.map(row),
    ...(short.length > 0 ? ['', ...short] : []),
    '',
  ].join('\n');
}
