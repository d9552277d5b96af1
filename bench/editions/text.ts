import { environmentLine } from '../environment.js';
import { left, type Report, right, type Section } from '../report/output/document.js';
import type { EditionsReport } from './run.js';
import { type Figure, type Method, meetsBar } from './scenario.js';

const METHODS: Readonly<Record<Method, string>> = {
  decoded:
    'decoded: real datagrams with real signatures through the real receiver, content compared, in simulated time',
  counted:
    'counted: the real sender with blank signatures; receivers count the symbols of each block, in simulated time',
  measured: 'measured: in real time on this machine',
};

const COLUMNS = ['', 'figure', 'bar', 'before'] as const;

/** The table for a terminal. */
export function formatEditions(report: EditionsReport): string {
  const rows = report.scenarios.flatMap(({ figures }) => figures.map(cells));
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`.trimEnd();
  const sections = report.scenarios.flatMap(({ name, title, method, figures, seconds }) => [
    '',
    `${name} (${method}, ${seconds.toFixed(0)} s): ${title}`,
    ...figures.map((figure) => line(cells(figure))),
  ]);
  return `${[...introduction(report), '', line(COLUMNS), ...sections].join('\n')}\n`;
}

/** The same as a page. */
export function editionsPage(report: EditionsReport): Report {
  const sections = report.scenarios.map(
    ({ name, title, method, figures }): Section => ({
      title: `${name}: ${title.replaceAll('`', '')}`,
      paragraphs: [],
      plots: [],
      tables: [
        {
          title: method,
          columns: [left('figure'), right('value'), right('bar'), right('before')],
          rows: figures.map(cells),
        },
      ],
    }),
  );
  const { plot } = report;
  const plotted = plot && { title: plot.title, paragraphs: [], plots: [plot], tables: [] };
  return {
    title: 'Editions in parts',
    commands: [`datacast-bench editions --seed ${report.parameters.seed}${report.isQuick ? ' --quick' : ''}`],
    introduction: introduction(report),
    sections: plotted === undefined ? sections : [plotted, ...sections],
  };
}

function introduction({ environment, version, isQuick, parameters, scenarios }: EditionsReport): string[] {
  const { seed, bytes, rate, joins, losses, level } = parameters;
  const methods = [...new Set(scenarios.map(({ method }) => method))];
  return [
    `datacast ${version}; ${environmentLine(environment)}`,
    `seed ${seed}; large content ${bytes / 1e6} MB at ${rate / 1000} kbit/s, zstd level ${level} in simulations; ` +
      `${joins} receivers join at random at each loss of ${losses.map((loss) => 100 * loss).join(', ')} %`,
    ...(isQuick ? ['A quick run: the large content is smaller than the titles say.'] : []),
    ...methods.map((method) => METHODS[method]),
  ];
}

function cells(figure: Figure): string[] {
  const { what, value, unit, bar, former = '' } = figure;
  const met = meetsBar(figure) === false ? ' MISSED' : '';
  const wanted = bar === undefined ? '' : `${bar.kind === 'most' ? '<=' : '>='} ${withUnit(bar.value, unit)}`;
  return [what, `${withUnit(value, unit)}${met}`, wanted, former];
}

function withUnit(value: number, unit: string): string {
  return `${formatValue(value)} ${unit}`.trim();
}

function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'none';
  if (!Number.isFinite(value)) return 'never';
  const digits = Number.isInteger(value) ? 0 : value < 10 ? 3 : value < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}
