import type { BarSeriesOption, EChartsOption } from 'echarts';
import type { CellRecord, CostShares } from '../../loss/index.js';
import type { Plot } from '../output/document.js';
import { axis, baseOption, CODE_NAMES, INK, legend, ofSet, PALETTE, panels, WIDTH } from '../output/style.js';
import { fastest } from './completion.js';

type Ingredient = Exclude<keyof CostShares, 'object'>;

export const INGREDIENTS: Readonly<Record<Ingredient, { readonly label: string; readonly colour: string }>> =
  {
    headers: { label: 'IP, UDP, ALC headers', colour: '#8a8a8a' },
    authentication: { label: 'Authentication', colour: PALETTE.blue },
    fdt: { label: 'FDT', colour: PALETTE.sky },
    padding: { label: 'Padding', colour: PALETTE.yellow },
    fecOverhead: { label: 'FEC overhead', colour: PALETTE.vermilion },
    duplicates: { label: 'Duplicates', colour: PALETTE.orange },
    surplus: { label: 'Surplus', colour: PALETTE.purple },
  };
export const INGREDIENT_NAMES = Object.keys(INGREDIENTS) as Ingredient[];

/** A row of the plot. */
export interface CostRow {
  readonly name: string;
  readonly costs: CostShares;
}

/** What the bytes that arrive are made of besides the object: ours under several terms, and the codes compared. */
export function costsPlot(records: readonly CellRecord[]): Plot | undefined {
  const groups = [ownCosts(records), comparedCosts(records)];
  if (groups.every((rows) => rows.length === 0)) return undefined;
  const layout = panels(['RaptorQ, as sent', 'Codes compared, 20 % independent loss'], {
    columns: 2,
    height: 330,
    top: 34,
  });
  const left = [210, 700];
  const width = [270, 225];
  const place = (index: number) => ({ left: left[index]!, width: width[index]! });
  const series = groups.flatMap((rows, panel) =>
    INGREDIENT_NAMES.map(
      (name): BarSeriesOption => ({
        type: 'bar',
        stack: `costs ${panel}`,
        name: INGREDIENTS[name].label,
        barMaxWidth: 18,
        xAxisIndex: panel,
        yAxisIndex: panel,
        itemStyle: { color: INGREDIENTS[name].colour },
        data: rows.map(({ costs }) => 100 * costs[name]),
      }),
    ),
  );
  return {
    name: 'costs',
    title: 'What each ingredient costs',
    width: WIDTH,
    height: layout.height,
    caption:
      'Share of the IP bytes that arrived until completion and are not the object itself; the rest up to 100 % is the object. ' +
      'The ' +
      'two panels have different scales. FDT: file delivery table; duplicates: symbols received before; surplus: symbols of blocks that ' +
      'were complete. Codes other than RaptorQ are reference models.',
    option: {
      ...baseOption(),
      legend: legend(INGREDIENT_NAMES.map((name) => INGREDIENTS[name].label)),
      grid: layout.grid.map((grid, i) => ({ ...grid, ...place(i) })),
      series,
      title: layout.title.map((title, i) => ({ ...title, left: i === 0 ? 20 : 520 })),
      xAxis: groups.map((_, panel) => ({
        ...axis('Share of the bytes received (%)', 30),
        gridIndex: panel,
        min: 0,
      })),
      yAxis: groups.map((rows, panel) => ({
        type: 'category',
        inverse: true,
        gridIndex: panel,
        data: rows.map(({ name }) => name),
        axisLabel: { color: INK, fontSize: 11 },
        axisTick: { show: false },
      })) as EChartsOption['yAxis'],
    },
  };
}

/** Ours by size of the object, depth of the signature tree, and blocks. */
export function ownCosts(records: readonly CellRecord[]): CostRow[] {
  const rows = (set: string, name: (record: CellRecord) => string) =>
    ofSet(records, set).flatMap((record) =>
      record.costs === null ? [] : [{ name: name(record), costs: record.costs }],
    );
  const independent = records.filter(({ cell }) => cell.channel.model === 'bernoulli');
  return [
    ...rows('join-size', ({ cell }) => `object of ${cell.objectBytes.toLocaleString('en')} bytes`),
    ...rows(
      'authentication',
      ({ cell }) => `signature for ${2 ** cell.authDepth} datagram${cell.authDepth ? 's' : ''}`,
    ),
    ...ofSet(independent, 'blocks').flatMap(({ cell, transmission, costs }) =>
      costs === null || (transmission.blocks === 1 && !cell.interleave)
        ? []
        : [{ name: blocksName(transmission.blocks, cell.interleave), costs }],
    ),
  ];
}

function blocksName(blocks: number, interleave: boolean): string {
  if (blocks === 1) return '1 block';
  return `${blocks} blocks, ${interleave ? 'interleaved' : 'in turn'}`;
}

/** Each code at 20 % loss, with its best code rate. */
export function comparedCosts(records: readonly CellRecord[]): CostRow[] {
  const cells = ofSet(records, 'efficiency').filter(
    ({ cell }) => cell.channel.model === 'bernoulli' && cell.channel.loss === 0.2,
  );
  return CODE_NAMES.flatMap((code) => {
    const best = fastest(cells.filter(({ cell }) => cell.code === code));
    if (best === undefined || best.costs === null) return [];
    return [{ name: best.transmission.codeLabel, costs: best.costs }];
  });
}
