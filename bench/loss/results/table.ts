import { formatChannelSpec } from '../../channel/index.js';
import type { CellRecord } from '../record.js';

/** What ours is measured by: efficiency after header costs at independent loss within these limits. */
const GOAL = { set: 'efficiency', from: 0.05, to: 0.5, efficiency: 0.98 };

const percent = (value: number | undefined, digits = 2) =>
  value === undefined ? '-' : (100 * value).toFixed(digits);
const seconds = (value: number | undefined) => (value === undefined ? '-' : value.toPrecision(4));

const COLUMNS: readonly (readonly [title: string, text: (record: CellRecord) => string])[] = [
  ['set', ({ cell }) => cell.set],
  ['code', ({ transmission }) => transmission.codeLabel],
  ['channel', ({ cell }) => formatChannelSpec(cell.channel)],
  ['bytes', ({ cell }) => String(cell.objectBytes)],
  ['blocks', ({ transmission, cell }) => `${transmission.blocks}${cell.interleave ? '' : ' in turn'}`],
  [
    'repair',
    ({ transmission }) => `${percent(transmission.repairSymbols / transmission.sourceSymbols, 0)} %`,
  ],
  ['hears', ({ cell }) => `${cell.passes} ${cell.join === 'start' ? 'from start' : 'at random'}`],
  [
    'complete %',
    ({ completion: { probability, low, high } }) =>
      `${percent(probability, 1)} (${percent(low, 1)}-${percent(high, 1)})`,
  ],
  [
    'overhead',
    ({ overheadSymbols }) =>
      overheadSymbols ? `${overheadSymbols.mean.toFixed(2)}, ${overheadSymbols.p999}` : '-',
  ],
  [
    'seconds',
    ({ secondsToComplete }) => `${seconds(secondsToComplete?.p50)}, ${seconds(secondsToComplete?.p99)}`,
  ],
  ['efficiency %', ({ efficiency }) => percent(efficiency?.total)],
  ['after headers %', ({ efficiency }) => percent(efficiency?.afterHeaders)],
];

const LEGEND = `complete %: within the passes heard, with the 95 % Wilson interval; overhead: symbols received beyond K, mean and 99.9 %;
seconds: until complete, median and 99 %; efficiency: bundle bits / (capacity x airtime); after headers: only symbols count
as airtime. All codes but RaptorQ are reference models at symbol level.`;

/** The results as text. */
export function lossTable(records: readonly CellRecord[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...records.map((record) => COLUMNS.map(([, text]) => text(record))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', LEGEND, ...goalLines(records)].join('\n');
}

/** What the results say of the goal, if they hold the cells for it. */
export function goalLines(records: readonly CellRecord[]): string[] {
  const measured = records.flatMap(({ cell, efficiency }) =>
    cell.set === GOAL.set &&
    cell.code === 'raptorq' &&
    cell.channel.model === 'bernoulli' &&
    cell.channel.loss >= GOAL.from &&
    cell.channel.loss <= GOAL.to &&
    efficiency
      ? [efficiency]
      : [],
  );
  if (measured.length === 0) return [];
  const worst = measured.reduce((a, b) => (a.afterHeaders < b.afterHeaders ? a : b));
  const verdict = worst.afterHeaders >= GOAL.efficiency ? 'reached' : 'missed';
  return [
    `At ${100 * GOAL.from} to ${100 * GOAL.to} % independent loss the least efficiency after header costs is ` +
      `${percent(worst.afterHeaders)} % (standard error ${percent(worst.afterHeadersError)}); the goal of ${100 * GOAL.efficiency} % is ${verdict}.`,
  ];
}
