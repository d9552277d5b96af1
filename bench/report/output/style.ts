/** What the plots have in common. */

import type { CustomSeriesOption, EChartsOption, GridComponentOption, TitleComponentOption } from 'echarts';
import { type ChannelSpec, rainFadeParameters } from '../../channel/index.js';
import type { CellRecord, CodeName } from '../../loss/record.js';

export const FONT = 'DejaVu Sans';
/** Where the SVG is shown without that font: Verdana is as wide. */
const FONT_FAMILY = `${FONT}, Verdana, sans-serif`;
export const INK = '#222222';
const PALE = '#dddddd';
export const WIDTH = 960;

/** M. Okabe and K. Ito, "Color Universal Design" (2008): told apart by everybody. */
export const PALETTE = {
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#009e73',
  purple: '#cc79a7',
  sky: '#56b4e9',
  orange: '#e69f00',
  yellow: '#f0e442',
  black: '#000000',
} as const;

export interface LineStyle {
  readonly colour: string;
  readonly dash: 'solid' | 'dashed' | 'dotted' | number[];
  readonly symbol: 'circle' | 'rect' | 'triangle' | 'diamond';
}

/** Lines differ by their dashes too: black and white is enough. */
export const CODE_STYLES: Readonly<Record<CodeName, LineStyle>> = {
  raptorq: { colour: PALETTE.blue, dash: 'solid', symbol: 'circle' },
  'reed-solomon': { colour: PALETTE.green, dash: 'dashed', symbol: 'rect' },
  'reed-solomon-16': { colour: PALETTE.sky, dash: [10, 4], symbol: 'rect' },
  'ldpc-staircase-5': { colour: PALETTE.purple, dash: [8, 3, 2, 3], symbol: 'diamond' },
  'ldpc-staircase-7': { colour: PALETTE.orange, dash: [8, 3, 2, 3, 2, 3], symbol: 'diamond' },
  repetition: { colour: PALETTE.vermilion, dash: 'dotted', symbol: 'triangle' },
};
export const CODE_NAMES = Object.keys(CODE_STYLES) as CodeName[];

/** As legends name a code. */
export const CODE_LABELS: Readonly<Record<CodeName, string>> = {
  raptorq: 'RaptorQ, as sent',
  'reed-solomon': 'Reed-Solomon GF(2^8)',
  'reed-solomon-16': 'Reed-Solomon GF(2^16)',
  'ldpc-staircase-5': 'LDPC-Staircase N1 = 5',
  'ldpc-staircase-7': 'LDPC-Staircase N1 = 7',
  repetition: 'Repetition, no code',
};
/** Goes under plots that use these labels. */
export const MODEL_NOTE = 'Codes other than RaptorQ are reference models at symbol level.';

/** What every plot begins with. */
export function baseOption(): EChartsOption {
  return {
    textStyle: { fontFamily: FONT_FAMILY, fontSize: 12, color: INK },
    backgroundColor: '#ffffff',
    legend: { show: false },
  };
}

/** Room above a plot for a legend of so many names, which takes two rows when they are long. */
export const legendRoom = (names: number) => (names > 5 ? 56 : 34);

export function legend(names: readonly string[], top: number | string = 4): EChartsOption['legend'] {
  return {
    show: true,
    data: [...names],
    top,
    itemWidth: 34,
    itemGap: 18,
    textStyle: { fontSize: 12, color: INK },
  };
}

/** An axis of numbers with its name and unit beside it. */
export function axis(name: string, nameGap: number): object {
  return {
    type: 'value',
    name,
    nameGap,
    nameLocation: 'middle',
    nameTextStyle: { fontSize: 12, color: INK },
    axisLine: { show: true, lineStyle: { color: '#666666' } },
    axisTick: { show: true },
    axisLabel: { color: INK, fontSize: 11, hideOverlap: true },
    splitLine: { lineStyle: { color: PALE } },
  };
}

export const percentAxis = (name: string, nameGap: number) => ({
  ...axis(name, nameGap),
  min: 0,
  max: 100,
});

/** Plots of the same kind side by side. */
export interface Panels {
  readonly grid: GridComponentOption[];
  readonly title: TitleComponentOption[];
  readonly height: number;
}

interface PanelSizes {
  readonly columns: number;
  /** Of one panel, without its axis labels. */
  readonly height: number;
  /** Room for the legend. */
  readonly top: number;
}

const LEFT = 70;
const RIGHT = 30;
/** Around the lines of a title, and of each line. */
const TITLE = 12;
const TITLE_LINE = 14;
const LABELS = 52;
/** Of a letter of a title, on average and a little more. */
const LETTER = 7.8;

export function panels(titles: readonly string[], { columns, height, top }: PanelSizes): Panels {
  const width = (WIDTH - columns * (LEFT + RIGHT)) / columns;
  const wrapped = titles.map((title) => linesOf(title, (width + RIGHT) / LETTER));
  const lines = Math.max(1, ...wrapped.map(({ length }) => length));
  const titleHeight = TITLE + lines * TITLE_LINE;
  const place = (index: number) => ({
    x: (index % columns) * (width + LEFT + RIGHT) + LEFT,
    y: top + Math.floor(index / columns) * (titleHeight + height + LABELS),
  });
  return {
    grid: titles.map((_, index) => ({
      left: place(index).x,
      top: place(index).y + titleHeight,
      width,
      height,
    })),
    title: wrapped.map((own, index) => ({
      text: own.join('\n'),
      left: place(index).x,
      // The last line stands above its plot.
      top: place(index).y + 2 + (lines - own.length) * TITLE_LINE,
      padding: 0,
      textStyle: {
        ...{ fontSize: 12, fontWeight: 'bold', color: INK, fontFamily: FONT_FAMILY },
        lineHeight: TITLE_LINE,
      },
    })),
    height: top + Math.ceil(titles.length / columns) * (titleHeight + height + LABELS),
  };
}

/** Words in lines of so many letters at most, but for longer words. */
function linesOf(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= letters) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The area between two lines, by points [x, low, high]. */
export function band(
  points: readonly (readonly [number, number, number])[],
  colour: string,
  axisIndex = 0,
): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: true,
    z: 1,
    xAxisIndex: axisIndex,
    yAxisIndex: axisIndex,
    data: points.length === 0 ? [] : [[...points[0]!]],
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => ({
      type: 'polygon',
      shape: {
        points: [
          ...points.map(([x, low]) => api.coord([x, low])),
          ...points.toReversed().map(([x, , high]) => api.coord([x, high])),
        ],
      },
      style: { fill: colour, opacity: 0.15 },
    }),
  };
}

/** A channel in a few words. */
export function channelTitle(spec: ChannelSpec): string {
  switch (spec.model) {
    case 'bernoulli':
      return `Independent loss ${percent(spec.loss)}`;
    case 'gilbert-elliott':
      return `Bursts of ${spec.burst}, loss ${percent(spec.loss)}`;
    case 'rain-fade': {
      const { share, meanSeconds } = rainFadeParameters(spec);
      if ('band' in spec) return `Rain fades, ${spec.band === 'ku' ? 'Ku' : 'Ka'} band`;
      return `Rain fades, ${percent(share)} of the time, mean ${meanSeconds} s`;
    }
    case 'shadowing':
      return `Shadowing, ${percent(spec.share)} of the time, mean ${spec.meanSeconds} s`;
    case 'dvb-s2':
      return `DVB-S2: ${percent(spec.loss)} of baseband frames lost`;
    case 'pass':
      return 'orbit' in spec
        ? `Passes of a ${spec.orbit.toUpperCase()} satellite`
        : `Passes: ${spec.windowSeconds} s of every ${spec.periodSeconds} s`;
    case 'recorder': {
      const burst = spec.burst === undefined ? '' : ` in bursts of ${spec.burst}`;
      const ends = [
        ...(spec.startSeconds ? [`first ${spec.startSeconds} s`] : []),
        ...(spec.endSeconds ? [`last ${spec.endSeconds} s`] : []),
      ];
      const missing = ends.length === 0 ? '' : `, ${ends.join(' and ')} missing`;
      return `Recorder: ${percent(spec.loss)} of TS packets lost${burst}${missing}`;
    }
    case 'trace':
      return 'Replayed loss trace';
    case 'all':
      return spec.of.map(channelTitle).map(lowerLater).join(' + ');
  }
}

const lowerLater = (text: string, index: number) =>
  index === 0 ? text : `${text[0]!.toLowerCase()}${text.slice(1)}`;

/** A probability in percent with as many digits as it needs. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

/** The records of a set. */
export function ofSet(records: readonly CellRecord[], ...sets: string[]): CellRecord[] {
  return records.filter(({ cell }) => sets.includes(cell.set));
}

/** By a key, in the order in which the keys come. */
export function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group === undefined) groups.set(key(value), [value]);
    else group.push(value);
  }
  return groups;
}
