import type { LineSeriesOption } from 'echarts';
import type { CellRecord } from '../../loss/index.js';
import type { Plot } from '../output/document.js';
import {
  axis,
  band,
  baseOption,
  channelTitle,
  groupBy,
  INK,
  type LineStyle,
  legend,
  ofSet,
  PALETTE,
  panels,
  percentAxis,
  WIDTH,
} from '../output/style.js';

const STYLES: readonly LineStyle[] = [
  { colour: PALETTE.sky, dash: 'dotted', symbol: 'triangle' },
  { colour: PALETTE.orange, dash: 'dashed', symbol: 'rect' },
  { colour: PALETTE.blue, dash: 'solid', symbol: 'circle' },
  { colour: PALETTE.purple, dash: [8, 3, 2, 3], symbol: 'diamond' },
  { colour: PALETTE.black, dash: [4, 2], symbol: 'circle' },
];

/** The chance of one pass against the airtime that its repair makes it take, by size of the object. */
export function singlePassPlot(records: readonly CellRecord[]): Plot | undefined {
  const cells = ofSet(records, 'single-pass');
  if (cells.length === 0) return undefined;
  const channels = [...groupBy(cells, ({ cell }) => JSON.stringify(cell.channel)).values()];
  const layout = panels(
    channels.map(([record]) => channelTitle(record!.cell.channel)),
    { columns: 2, height: 240, top: 34 },
  );
  const sizes = [...groupBy(cells, sizeName).keys()];
  const series = channels.flatMap((group, panel) =>
    [...groupBy(group, sizeName)].flatMap(([name, points]) => {
      const { colour, dash, symbol } = STYLES[sizes.indexOf(name) % STYLES.length]!;
      const sorted = points.toSorted((a, b) => airtime(a) - airtime(b));
      const line: LineSeriesOption = {
        type: 'line',
        name,
        xAxisIndex: panel,
        yAxisIndex: panel,
        z: 3,
        symbol,
        symbolSize: 7,
        lineStyle: { color: colour, width: 2, type: dash },
        itemStyle: { color: colour },
        data: sorted.map((record) => [airtime(record), 100 * record.completion.probability]),
      };
      const edges = sorted.map(
        (record) => [airtime(record), 100 * record.completion.low, 100 * record.completion.high] as const,
      );
      return [band(edges, colour, panel), line];
    }),
  );
  return {
    name: 'single-pass',
    title: 'One pass with more and more repair',
    width: WIDTH,
    height: layout.height,
    caption:
      'Probability that one pass completes a receiver that is present from the start, against the airtime of the pass. Airtime 1 ' +
      'is the bits of the object at the capacity of the channel; headers, signatures and tables add about 9 % to it, more for small ' +
      'objects. Bands: 95 % Wilson intervals.',
    option: {
      ...baseOption(),
      legend: legend(sizes),
      grid: layout.grid,
      title: layout.title,
      series,
      xAxis: channels.map((_, panel) => ({
        ...axis('Airtime of the pass (multiples of the ideal)', 30),
        gridIndex: panel,
        min: 0.9,
        max: 2,
        interval: 0.1,
        axisLabel: { formatter: AIRTIME, fontSize: 11, color: INK },
      })),
      yAxis: channels.map((_, panel) => ({ ...percentAxis('Complete (%)', 40), gridIndex: panel })),
    },
  };
}

const AIRTIME = (value: number) => value.toFixed(1);
const sizeName = ({ cell }: CellRecord) => `${cell.objectBytes.toLocaleString('en')} bytes`;

/** Of a pass, by that of the object's bits at the capacity of the channel. */
function airtime({ cell, transmission, channel }: CellRecord): number {
  return (transmission.passBytes * (1 - channel.meanLoss)) / cell.objectBytes;
}
