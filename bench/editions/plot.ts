/** Share of the content that is readable, against airtime: editions in parts against one object. */

import type { LineSeriesOption } from 'echarts';
import type { Order } from '../../encoder/send/carousel/order.js';
import type { Plot } from '../report/output/document.js';
import {
  axis,
  baseOption,
  type LineStyle,
  legend,
  PALETTE,
  percentAxis,
  WIDTH,
} from '../report/output/style.js';
import type { Laboratory } from './laboratory.js';
import { mean } from './scenario.js';

const LOSS = 0.1;
const MOST_AIRTIME = 1.5;
const STEP = 0.005;
const HEIGHT = 420;

const STYLES: Readonly<Record<Order | 'object', Omit<LineStyle, 'symbol'> & { readonly name: string }>> = {
  mixed: { name: 'In parts, order mixed', colour: PALETTE.blue, dash: 'solid' },
  sequence: { name: 'In parts, order sequence', colour: PALETTE.vermilion, dash: 'dashed' },
  object: { name: 'One object', colour: PALETTE.black, dash: 'dotted' },
};

export async function readablePlot(laboratory: Laboratory): Promise<Plot> {
  const mixed = await curve(laboratory, 'mixed');
  const sequence = await curve(laboratory, 'sequence');
  // Any symbols will do: it is there as soon as as many have arrived as it has, and nothing before.
  const object = [
    [0, 0],
    [1 / (1 - LOSS), 0],
    [1 / (1 - LOSS), 100],
    [MOST_AIRTIME, 100],
  ] as const;
  const series = [seriesOf('mixed', mixed), seriesOf('sequence', sequence), seriesOf('object', object)];
  const { joins, rate, bytes } = laboratory.parameters;
  return {
    name: 'readable',
    title: 'Content that is readable, against airtime',
    caption:
      `Receivers that join a sender of ${bytes / 1e6} MB at ${rate / 1000} kbit/s at random, ${100 * LOSS} % independent loss, ` +
      `mean of ${joins}. Airtime 1 is each source symbol sent once. In parts: counted, with all headers, tables and repetitions; ` +
      'one object: the ideal, without tables.',
    width: WIDTH,
    height: HEIGHT,
    option: {
      ...baseOption(),
      legend: legend(Object.values(STYLES).map(({ name }) => name)),
      grid: { left: 70, right: 30, top: 40, bottom: 60 },
      xAxis: { ...axis('Airtime since joining (multiples of the content)', 30), min: 0, max: MOST_AIRTIME },
      yAxis: percentAxis('Content readable (%)', 40),
      series,
    },
  };
}

/** Points of airtime and percent of the bytes, the mean of all receivers. */
async function curve(laboratory: Laboratory, order: Order): Promise<[number, number][]> {
  const { edition } = await laboratory.large();
  const { receivers, content } = await laboratory.joins(order);
  const bytes = new Map(edition.listed.map(({ sha256, unpacked }) => [sha256, unpacked]));
  const total = [...bytes.values()].reduce((sum, each) => sum + each, 0);
  const steps = receivers
    .filter(({ loss }) => loss === LOSS)
    .map(({ joined, readable }) =>
      readable.map(({ time, sha256 }) => ({
        airtime: (time - joined) / content,
        bytes: bytes.get(sha256) ?? 0,
      })),
    );
  const shareAt = (airtime: number) =>
    mean(
      steps.map((parts) =>
        parts.reduce((sum, part) => (part.airtime <= airtime ? sum + (100 * part.bytes) / total : sum), 0),
      ),
    );
  const points = Math.round(MOST_AIRTIME / STEP) + 1;
  return Array.from({ length: points }, (_, i) => [i * STEP, shareAt(i * STEP)]);
}

function seriesOf(kind: keyof typeof STYLES, data: readonly (readonly [number, number])[]): LineSeriesOption {
  const { name, colour, dash } = STYLES[kind];
  return {
    type: 'line',
    name,
    symbol: 'none',
    lineStyle: { color: colour, width: 2, type: dash },
    itemStyle: { color: colour },
    data: data.map((point) => [...point]),
  };
}
