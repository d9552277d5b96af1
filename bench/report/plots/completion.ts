import type { EChartsOption, LineSeriesOption, SeriesOption } from 'echarts';
import { type CellRecord, type CompletionPoint, wilson } from '../../loss/index.js';
import type { Plot } from '../output/document.js';
import {
  axis,
  band,
  baseOption,
  CODE_LABELS,
  CODE_NAMES,
  CODE_STYLES,
  channelTitle,
  groupBy,
  INK,
  legend,
  legendRoom,
  MODEL_NOTE,
  ofSet,
  panels,
  percentAxis,
  WIDTH,
} from '../output/style.js';

/** Completion against airtime, one panel for each channel model. */
export function completionPlot(records: readonly CellRecord[]): Plot | undefined {
  return curves(ofSet(records, 'models'), {
    name: 'completion',
    title: 'Probability of complete reception against airtime, by channel model',
    at: ({ ideal }) => ideal,
    ideal: 1,
    axisName: 'Airtime (multiples of what no code can beat on average)',
    caption:
      'Airtime 1, the thin line, is the bits of the object at the capacity of the channel. Bands: 95 % Wilson intervals. Receiver present from ' +
      'the start; reference models with the code rate that is fastest on the channel.',
  });
}

/** Cells of one's own grid. */
export function ownPlot(records: readonly CellRecord[]): Plot | undefined {
  return curves(ofSet(records, 'custom'), {
    name: 'own',
    title: 'Probability of complete reception against airtime, by channel',
    at: ({ ideal }) => ideal,
    ideal: 1,
    axisName: 'Airtime (multiples of what no code can beat on average)',
    caption:
      'Airtime 1, the thin line, is the bits of the object at the capacity of the channel. Bands: 95 % Wilson intervals. Of several cells of one ' +
      'code on a channel the fastest is drawn; the table has all.',
  });
}

/** Time to complete for a receiver that joins at a random moment. */
export function joiningPlot(records: readonly CellRecord[]): Plot | undefined {
  return curves(ofSet(records, 'join'), {
    name: 'joining',
    title: 'Time to complete for a receiver that joins a carousel at a random moment',
    at: ({ seconds }) => seconds,
    axisName: 'Time since joining (s)',
    caption:
      'Share of the receivers that are complete. Bands: 95 % Wilson intervals. Reference models with the code rate that is ' +
      'fastest on the channel.',
  });
}

interface CurvesOptions {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly axisName: string;
  readonly at: (point: CompletionPoint) => number;
  /** Where the capacity of the channel is marked. */
  readonly ideal?: number;
}

function curves(cells: readonly CellRecord[], options: CurvesOptions): Plot | undefined {
  const { name, title, caption, at, axisName, ideal } = options;
  const first = cells[0];
  if (first === undefined) return undefined;
  const channels = [...groupBy(cells, ({ cell }) => JSON.stringify(cell.channel)).values()];
  const layout = panels(
    channels.map(([record]) => channelTitle(record!.cell.channel)),
    { columns: 2, height: 190, top: legendRoom(CODE_NAMES.length) },
  );
  const shown = channels.map((group) =>
    CODE_NAMES.flatMap((code) => fastest(group.filter(({ cell }) => cell.code === code)) ?? []),
  );
  const series = shown.flatMap((group, panel) => [
    ...group.flatMap((record) => curveOf(record, at, panel)),
    ...(ideal === undefined ? [] : [markerAt(ideal, panel)]),
  ]);
  const xAxis = shown.map((group, panel) => {
    const range = rangeOf(group, at);
    const name = 'type' in range ? `${axisName}, log scale` : axisName;
    return { ...axis(name, 30), ...range, gridIndex: panel };
  });
  const { objectBytes, rate } = first.cell;
  return {
    name,
    title,
    width: WIDTH,
    height: layout.height,
    caption: `${caption} Object of ${objectBytes.toLocaleString('en')} bytes at ${rate.toLocaleString('en')} bit/s. ${MODEL_NOTE}`,
    option: {
      ...baseOption(),
      legend: legend(CODE_NAMES.map((code) => CODE_LABELS[code])),
      grid: layout.grid,
      title: layout.title,
      series,
      xAxis: xAxis as EChartsOption['xAxis'],
      yAxis: shown.map((_, panel) => ({ ...percentAxis('Complete (%)', 40), gridIndex: panel })),
    },
  };
}

/** Of several code rates the one that most receivers complete with, and that in the shortest time. */
export function fastest(records: readonly CellRecord[]): CellRecord | undefined {
  const time = ({ secondsToComplete }: CellRecord) => secondsToComplete?.mean ?? Number.POSITIVE_INFINITY;
  return records.reduce<CellRecord | undefined>((best, record) => {
    if (best === undefined || record.completed > best.completed) return record;
    return record.completed === best.completed && time(record) < time(best) ? record : best;
  }, undefined);
}

/** Of each code on each channel the cell that `fastest` chooses, channel by channel. */
export function fastestOfEach(records: readonly CellRecord[]): CellRecord[] {
  return [
    ...groupBy(records, ({ cell }) => JSON.stringify([cell.channel, cell.objectBytes])).values(),
  ].flatMap((group) =>
    CODE_NAMES.flatMap((code) => fastest(group.filter(({ cell }) => cell.code === code)) ?? []),
  );
}

/** Curves rise from nothing: the airtime before the first completion counts too. */
function curveOf(record: CellRecord, at: CurvesOptions['at'], panel: number): SeriesOption[] {
  const { colour, dash, symbol } = CODE_STYLES[record.cell.code];
  const points = pointsOf(record).toSorted((a, b) => at(a) - at(b) || a.completed - b.completed);
  const start = points[0]!;
  const line: LineSeriesOption = {
    type: 'line',
    name: CODE_LABELS[record.cell.code],
    xAxisIndex: panel,
    yAxisIndex: panel,
    z: 3,
    symbol,
    symbolSize: 8,
    showSymbol: false,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2, type: dash },
    data: [[at(start), 0], ...points.map((point) => [at(point), 100 * point.probability])],
  };
  const edges = points.map((point) => [at(point), 100 * point.low, 100 * point.high] as const);
  return [band(edges, colour, panel), line];
}

/** With the quantiles of the time: where few trials take very long, points at equal distances are too few for the others. */
function pointsOf({ completionByAirtime, secondsToComplete, trials }: CellRecord): CompletionPoint[] {
  const known = completionByAirtime[0]!;
  if (secondsToComplete === null) return [...completionByAirtime];
  const { count, p50, p90, p99 } = secondsToComplete;
  const quantiles = [
    [0.5, p50],
    [0.9, p90],
    [0.99, p99],
  ] as const;
  const points = quantiles.map(([quantile, seconds]): CompletionPoint => {
    const completed = Math.ceil(quantile * count);
    const ideal = seconds * (known.ideal / known.seconds);
    return { seconds, ideal, completed, ...wilson(completed, trials) };
  });
  return [...completionByAirtime, ...points];
}

function markerAt(x: number, panel: number): LineSeriesOption {
  return {
    type: 'line',
    name: '',
    silent: true,
    symbol: 'none',
    xAxisIndex: panel,
    yAxisIndex: panel,
    z: 2,
    lineStyle: { color: INK, width: 1, type: [2, 3] },
    data: [
      [x, 0],
      [x, 100],
    ],
  };
}

/** Ranges wider than this factor are shown in powers of two. */
const LINEAR_RANGE = 3;

/** From the first completion to the last of all curves. */
function rangeOf(group: readonly CellRecord[], at: CurvesOptions['at']): object {
  const done = group.filter(({ completed }) => completed > 0);
  if (done.length === 0) return { min: 0 };
  const from = Math.min(...done.map(({ completionByAirtime }) => at(completionByAirtime[0]!)));
  const to = Math.max(
    ...done.map(({ completionByAirtime, completed }) =>
      at(completionByAirtime.find((point) => point.completed === completed)!),
    ),
  );
  if (to / from > LINEAR_RANGE) {
    const min = 2 ** Math.floor(Math.log2(from));
    return { type: 'log', logBase: 2, min, max: 2 ** Math.ceil(Math.log2(to)) };
  }
  const step = 10 ** Math.floor(Math.log10(to)) / 10;
  const edge = (steps: number) => Number((steps * step).toPrecision(6));
  return { min: edge(Math.floor(from / step) - 1), max: edge(Math.ceil(to / step) + 1) };
}
