import { readFile } from 'node:fs/promises';
import type { Crypto } from '../../../codecs/crypto/index.js';
import { CliError, UsageError } from '../../../codecs/node/command.js';
import { formatBytes, formatCount, formatPercent } from '../../../codecs/text.js';
import type { OnProgress } from '../../progress.js';
import { parseChannelFile } from '../../send/channel/channel-file.js';
import { isSignedEdition } from '../../signed/signed-edition.js';
import { formatDuration, formatRate } from '../../text.js';
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
): Promise<Pick<ChannelQuestion, 'bundles' | 'rate' | 'mtu' | 'authDepth'>> {
  const { link, rate, bundles } = parseChannelFile(await readFile(path, 'utf8'), path);
  const given = asked ?? rate;
  if (given === undefined) throw new UsageError(`${path} has no rate of packets: add --rate, like 2M.`);
  const measured: PlannedBundle[] = [];
  for (const { name, path: content, weight, repair } of bundles) {
    if (await isSignedEdition(content)) {
      throw new CliError(`${content} is a signed edition: plan with the directory that it was made of.`);
    }
    const { objects } = await measureEdition(content, crypto, onProgress);
    measured.push({ name, objects, weight, repair });
  }
  return { bundles: measured, rate: given, mtu: link.mtu, authDepth: link.authDepth };
}

/** The bundles of which not everything arrives within what is reckoned. */
export function shortOf({ bundles }: BundlesPlan): BundlePlan[] {
  return bundles.filter(({ stages }) => stages.at(-1)!.joining.atConfidence === undefined);
}

const WIDTHS = [20, 18, 18, 18, 18, 18];

/** The plan for operators. */
export function formatBundles(plan: BundlesPlan): string {
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
    '',
    `Whoever joins has it after, ${formatPercent(plan.confidence, 1)} of them:`,
    row(['bundle', 'compressed', 'a pass', 'front', 'all text', 'everything']),
    ...rows.map(row),
    ...(short.length > 0 ? ['', ...short] : []),
    '',
  ].join('\n');
}
