import type { CampaignResult } from './campaign/campaign.js';

/** What campaigns with one means have come to. */
export interface MeansSummary {
  readonly name: string;
  readonly campaigns: number;
  /** Those in which the receiver stood its ground. */
  readonly held: number;
  /** The worst of those that came to an end, in genuine datagrams: attacked / unattacked. */
  readonly worst: number;
  readonly worstSeed: number | undefined;
}

/** Sums campaigns up by something that each has. */
export function summarize(
  results: readonly CampaignResult[],
  namesOf: (result: CampaignResult) => readonly string[],
): MeansSummary[] {
  const byName = new Map<string, CampaignResult[]>();
  for (const result of results)
    for (const name of namesOf(result)) byName.set(name, [...(byName.get(name) ?? []), result]);
  return [...byName].map(([name, ofName]) => {
    const ended = ofName.filter(({ factor }) => factor !== undefined);
    const worst = ended.reduce<CampaignResult | undefined>(
      (most, each) => (each.factor! > (most?.factor ?? 0) ? each : most),
      undefined,
    );
    return {
      name,
      campaigns: ofName.length,
      held: ofName.filter(({ failures }) => failures.length === 0).length,
      worst: worst?.factor ?? Number.NaN,
      worstSeed: worst?.seed,
    };
  });
}

export function howToRepeat(seed: number): string {
  return `datacast-bench adversary --seed ${seed} --campaigns 1`;
}

/** A campaign that failed, in some lines. */
export function failureText({ seed, failures, ...result }: CampaignResult): string {
  const { attacker, means, verify, limits, store } = result;
  return [
    `Campaign ${seed} has failed (${attacker}, ${verify}, limits ${limits}, store in ${store}): ${means.join('; ')}`,
    ...failures.map((sentence) => `  ${sentence}`),
    `  To repeat it: ${howToRepeat(seed)}`,
    '',
  ].join('\n');
}

const HEADINGS = ['', 'campaigns', 'held', 'worst factor', 'of seed'];

/** A table: of each means, and of each kind of attacker, check, limits and store. */
export function summaryText(results: readonly CampaignResult[]): string {
  const sections: readonly (readonly MeansSummary[])[] = [
    summarize(results, ({ attacker, verify, limits, store }) => [
      `attacker: ${attacker}`,
      `check: ${verify}`,
      `limits: ${limits}`,
      `store: ${store}`,
    ]).sort((a, b) => a.name.localeCompare(b.name)),
    summarize(results, ({ means }) => means).sort((a, b) => a.name.localeCompare(b.name)),
    summarize(results, () => ['all']),
  ];
  const rows = sections.map((section) =>
    section.map(({ name, campaigns, held, worst, worstSeed }) =>
      [name, campaigns, held, worst.toFixed(2), worstSeed ?? '-'].map(String),
    ),
  );
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.flat().map((row) => row[i]!.length)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return `${[line(HEADINGS), ...rows.map((section) => section.map(line).join('\n'))].join('\n\n')}\n`;
}
