import type { CustomSeriesOption, EChartsOption } from 'echarts';
import type { CellRecord } from '../../loss/index.js';
import type { Plot } from '../output/document.js';
import {
  axis,
  baseOption,
  CODE_NAMES,
  CODE_STYLES,
  INK,
  ofSet,
  panels,
  percent,
  WIDTH,
} from '../output/style.js';
import { overheadTotals } from '../totals.js';

const HEIGHT = 320;
const LABEL = 20;
/** Share of the trials below which the left panel shows nothing. */
const FLOOR_DECADES = 1;

/** Symbols received beyond K until complete: ours symbol by symbol, and all codes beside each other. */
export function overheadPlot(records: readonly CellRecord[]): Plot | undefined {
  const ours = overheadTotals(records);
  const compared = CODE_NAMES.flatMap((code) =>
    ofSet(records, 'efficiency').filter((record) => record.cell.code === code && isCompared(record)),
  ).toReversed();
  if (ours === undefined || compared.length === 0) return undefined;
  const layout = panels(
    [
      `RaptorQ, one block: ${ours.trials.toLocaleString('en')} trials, 5 to 60 % loss`,
      `All codes at ${percent(COMPARED_LOSS)} independent loss`,
    ],
    { columns: 2, height: HEIGHT, top: 8 },
  );
  // Room for the numbers on top of the bars, and for the names of the codes.
  const grid = layout.grid.map((place, i) => ({
    ...place,
    top: Number(place.top) + LABEL,
    height: HEIGHT - LABEL,
    ...(i === 0 ? {} : { left: 710, width: 220 }),
  }));
  const titles = layout.title.map((title, i) => (i === 0 ? title : { ...title, left: 560 }));
  const names = ours.counts.map((_, extra) => (extra === 0 ? 'K' : `K+${extra}`));
  const floor = 10 ** -(Math.ceil(Math.log10(ours.trials)) + FLOOR_DECADES - 1);
  return {
    name: 'overhead',
    title: 'Overhead distribution',
    width: WIDTH,
    height: layout.height,
    caption:
      `Left: share of the trials that were complete with exactly K, K+1, ... symbols of one block, K = ${ours.sourceSymbols.toLocaleString('en')}, on a ` +
      'logarithmic scale. Right: symbols of the object that came until all its blocks were there, beyond K in percent of K, the mean as a dot, 99.9 % as a bar to its right. Codes other than RaptorQ ' +
      'are reference models.',
    option: {
      ...baseOption(),
      grid,
      title: titles,
      xAxis: [
        { ...axis('Symbols received until complete', 30), type: 'category', data: names, gridIndex: 0 },
        {
          ...axis('Overhead (% of K, log scale)', 30),
          type: 'log',
          min: 0.01,
          max: 1000,
          gridIndex: 1,
          axisLabel: PLAIN,
        },
      ] as EChartsOption['xAxis'],
      yAxis: [
        {
          ...axis('Share of trials (log scale)', 48),
          type: 'log',
          min: floor,
          max: 1,
          startValue: floor,
          gridIndex: 0,
          axisLabel: SHARE,
        },
        {
          type: 'category',
          gridIndex: 1,
          data: compared.map(({ transmission }) => transmission.codeLabel),
          axisLabel: { color: INK, fontSize: 11 },
          axisTick: { show: false },
        },
      ] as EChartsOption['yAxis'],
      series: [
        {
          type: 'bar',
          barWidth: '50%',
          itemStyle: { color: CODE_STYLES.raptorq.colour },
          data: ours.counts.map((count) => (count === 0 ? null : count / ours.trials)) as number[],
          label: {
            show: true,
            position: 'top',
            color: INK,
            fontSize: 11,
            formatter: ({ dataIndex }: { dataIndex: number }) =>
              `${ours.counts[dataIndex]!.toLocaleString('en')} trials`,
          },
        },
        ranges(compared),
      ],
    },
  };
}

/** Independent loss at which the codes are set beside each other. */
const COMPARED_LOSS = 0.2;
const isCompared = ({ cell, overheadSymbols }: CellRecord) =>
  cell.channel.model === 'bernoulli' && cell.channel.loss === COMPARED_LOSS && overheadSymbols !== null;

const PLAIN = {
  color: INK,
  fontSize: 11,
  formatter: (value: number) => (value < 2 * LEAST ? `≤ ${LEAST}` : String(Number(value.toPrecision(1)))),
};
const SHARE = {
  color: INK,
  fontSize: 11,
  formatter: (value: number) => `${Number((100 * value).toPrecision(1))} %`,
};
/** What a logarithmic axis shows for nothing at all, % of K. */
const LEAST = 0.01;

function ranges(records: readonly CellRecord[]): CustomSeriesOption {
  return {
    type: 'custom',
    xAxisIndex: 1,
    yAxisIndex: 1,
    encode: { x: [0, 1, 2], y: 3 },
    data: records.map(({ overheadSymbols, transmission }, row) => {
      const share = (symbols: number) => Math.max(LEAST, (100 * symbols) / transmission.sourceSymbols);
      const { mean, p50, p999 } = overheadSymbols!;
      return [share(p50), share(mean), share(p999), row];
    }),
    renderItem: ({ dataIndex }, api) => {
      const place = (index: number) => api.coord([api.value(index), api.value(3)]);
      const [from, mean, to] = [place(0), place(1), place(2)];
      const colour = CODE_STYLES[records[dataIndex]!.cell.code].colour;
      return {
        type: 'group',
        children: [
          {
            type: 'rect',
            shape: { x: from[0]!, y: from[1]! - 1.5, width: to[0]! - from[0]!, height: 3 },
            style: { fill: colour },
          },
          { type: 'circle', shape: { cx: mean[0]!, cy: mean[1]!, r: 4.5 }, style: { fill: colour } },
          {
            type: 'rect',
            shape: { x: to[0]! - 1, y: to[1]! - 7, width: 2, height: 14 },
            style: { fill: colour },
          },
        ],
      };
    },
  };
}
