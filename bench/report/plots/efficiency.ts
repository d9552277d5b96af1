import type { LineSeriesOption } from 'echarts';
import type { CellRecord, CodeName } from '../../loss/index.js';
import type { Plot } from '../output/document.js';
import {
  axis,
  baseOption,
  CODE_LABELS,
  CODE_NAMES,
  CODE_STYLES,
  groupBy,
  INK,
  legend,
  legendRoom,
  MODEL_NOTE,
  ofSet,
  PALETTE,
  WIDTH,
} from '../output/style.js';

const HEIGHT = 520;
/** Of the goal: within 2 % of capacity. */
const GOAL = 98;

/** Efficiency after header costs against independent loss: the best of each code's rates, and each rate by itself. */
export function efficiencyPlot(records: readonly CellRecord[]): Plot | undefined {
  const cells = ofSet(records, 'efficiency').filter(
    ({ cell, efficiency }) => cell.channel.model === 'bernoulli' && efficiency !== null,
  );
  const first = cells[0];
  if (first === undefined) return undefined;
  const series = CODE_NAMES.flatMap((code) =>
    linesOf(
      code,
      cells.filter(({ cell }) => cell.code === code),
    ),
  );
  const goal: LineSeriesOption = {
    type: 'line',
    name: GOAL_NAME,
    symbol: 'none',
    silent: true,
    data: [
      [0, GOAL],
      [100, GOAL],
    ],
    lineStyle: { color: PALETTE.black, width: 1, type: [2, 3] },
    itemStyle: { color: PALETTE.black },
  };
  const most = Math.max(...cells.map((record) => 100 * record.channel.meanLoss));
  return {
    name: 'efficiency',
    title: 'Efficiency against independent loss',
    width: WIDTH,
    height: HEIGHT,
    caption:
      'Bundle bits / (channel capacity x airtime until complete), where only symbols of the object count as airtime. Bold: the ' +
      'best code rate at each loss; pale: the single code rates, which a sender has to choose before it knows the loss. ' +
      `Object of ${first.cell.objectBytes.toLocaleString('en')} bytes, receiver present from the start. ${MODEL_NOTE}`,
    option: {
      ...baseOption(),
      legend: legend([...CODE_NAMES.map((code) => CODE_LABELS[code]), GOAL_NAME]),
      grid: { left: 70, right: 30, top: 6 + legendRoom(CODE_NAMES.length + 1), bottom: 54 },
      xAxis: { ...axis('Loss of datagrams, independent (%)', 32), min: 0, max: most },
      yAxis: { ...axis('Efficiency after header costs (%)', 44), min: 0, max: 105, interval: 20, ...NO_TOP },
      series: [...series, goal],
    },
  };
}

/** 105 leaves room for the line at 100 and is no number to read. */
const NO_TOP = { axisLabel: { color: INK, fontSize: 11, showMaxLabel: false } };
const GOAL_NAME = '98 % of capacity';

function linesOf(code: CodeName, cells: readonly CellRecord[]): LineSeriesOption[] {
  const { colour, dash, symbol } = CODE_STYLES[code];
  const point = (record: CellRecord): [number, number] => [
    100 * record.channel.meanLoss,
    100 * record.efficiency!.afterHeaders,
  ];
  const byLoss = [...groupBy(cells, ({ channel }) => String(channel.meanLoss)).values()];
  const best = byLoss.map((group) => group.map(point).reduce((a, b) => (b[1] > a[1] ? b : a)));
  const rates = [...groupBy(cells, ({ transmission }) => transmission.codeLabel).values()];
  const pale = rates.map(
    (group): LineSeriesOption => ({
      type: 'line',
      name: '',
      symbol: 'none',
      silent: true,
      z: 1,
      data: group.map(point),
      lineStyle: { color: colour, width: 1, opacity: 0.35 },
    }),
  );
  return [
    ...(rates.length > 1 ? pale : []),
    {
      type: 'line',
      name: CODE_LABELS[code],
      symbol,
      symbolSize: 8,
      z: 3,
      data: best,
      lineStyle: { color: colour, width: 2.5, type: dash },
      itemStyle: { color: colour },
    },
  ];
}
