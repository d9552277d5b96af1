/** The tables of the report, each from the records it needs. */

import type { Cell, CellRecord, Distribution } from '../../loss/index.js';
import { left, right, type Table } from '../output/document.js';
import { CODE_LABELS, CODE_NAMES, channelTitle, groupBy, ofSet, percent } from '../output/style.js';
import { LOOSENESS, type MeanCheck, type PlannerResult } from '../planner-check.js';
import { type CostRow, INGREDIENT_NAMES, INGREDIENTS } from '../plots/costs.js';
import { GOAL_EFFICIENCY, isGoalCell } from './goals.js';
import { range, seconds, share, whole, yesNo } from './numbers.js';

/** Efficiency of ours at independent loss, and the best of each other code beside it. */
export function efficiencyTable(records: readonly CellRecord[]): Table {
  const cells = ofSet(records, 'efficiency');
  const ours = cells.filter(({ cell }) => cell.code === 'raptorq');
  const best = (code: string, loss: number): string => {
    const found = cells.filter(({ cell, channel }) => cell.code === code && channel.meanLoss === loss);
    const values = found.flatMap(({ efficiency, transmission }) =>
      efficiency ? [{ value: efficiency.afterHeaders, label: transmission.codeLabel }] : [],
    );
    const [chosen] = values.sort((a, b) => b.value - a.value);
    return chosen === undefined ? '-' : `${share(chosen.value, 1)}${parametersOf(chosen.label)}`;
  };
  return {
    title: `Efficiency for a bundle of ${whole(ours[0]?.cell.objectBytes ?? 0)} bytes at independent loss, %`,
    columns: [
      ...[right('Loss'), right('RaptorQ, all costs'), right('after header costs'), right('95 % interval')],
      ...[left('Within 2 % of capacity after header costs'), right('Trials')],
      ...CODE_NAMES.filter((code) => code !== 'raptorq').map((code) => right(CODE_LABELS[code])),
    ],
    rows: ours.map((record) => {
      const { efficiency, channel, trials } = record;
      const loss = channel.meanLoss;
      const { total = 0, afterHeaders = 0, afterHeadersError = 0 } = efficiency ?? {};
      const margin = 1.96 * afterHeadersError;
      return [
        ...[share(loss, 0), share(total), share(afterHeaders)],
        `${share(afterHeaders - margin)} to ${share(afterHeaders + margin)}`,
        isGoalCell(record)
          ? yesNo(afterHeaders >= GOAL_EFFICIENCY)
          : `(${yesNo(afterHeaders >= GOAL_EFFICIENCY)})`,
        whole(trials),
        ...CODE_NAMES.filter((code) => code !== 'raptorq').map((code) => best(code, loss)),
      ];
    }),
    note:
      'All costs: bundle bits / (capacity x airtime), airtime as IP bytes. After header costs: only symbols of the object count as ' +
      'airtime. Capacity is the mean of the channel: with few trials, chance can give more than 100 %. The other codes, ' +
      'reference models at symbol level, after header costs and with the best of their parameters at each loss, which stand beside the ' +
      'figure; a sender has to choose them before it knows the loss. Answers in brackets: outside the range that the goal names.',
  };
}

/** What was chosen of a code with parameters, like " (255,102)" or " rate 0.74". */
const parametersOf = (label: string) => / (?:\([\d ,+]+\)|rate [\d.]+)$/.exec(label)?.[0] ?? '';

/** Mean and 99.9 % overhead at each loss. */
export function overheadTable(records: readonly CellRecord[]): Table {
  const cells = ofSet(records, 'efficiency').filter(({ cell }) => cell.channel.model === 'bernoulli');
  const sorted = CODE_NAMES.flatMap((code) => cells.filter(({ cell }) => cell.code === code));
  const labels = [...groupBy(sorted, ({ transmission }) => transmission.codeLabel)];
  const losses = [...new Set(cells.map(({ channel }) => channel.meanLoss))].sort((a, b) => a - b);
  return {
    title: 'Symbols received beyond K, % of K: mean and 99.9 %, by independent loss',
    columns: [left('Code'), ...losses.map((loss) => right(percent(loss)))],
    rows: labels.map(([label, group]) => [
      group[0]!.transmission.isReference ? `${label}, reference model` : label,
      ...losses.map((loss) => {
        const record = group.find(({ channel }) => channel.meanLoss === loss);
        if (record?.overheadSymbols == null) return '-';
        const { overheadSymbols, transmission } = record;
        const of = (symbols: number) => share(symbols / transmission.sourceSymbols, overheadDigits(symbols));
        return `${of(overheadSymbols.mean)}, ${of(overheadSymbols.p999)}`;
      }),
    ]),
    note:
      `With fewer than 1,000 trials the 99.9 % figure is the largest value. K = ${whole(sorted[0]?.transmission.sourceSymbols ?? 0)}` +
      `${(sorted[0]?.transmission.blocks ?? 1) === 1 ? '' : `, of RaptorQ in ${sorted[0]!.transmission.blocks} blocks: what one has beyond its K while another still waits counts`}.`,
  };
}

const overheadDigits = (symbols: number) => (symbols < 10 ? 4 : 1);

/** One row for each cell, with the time until complete. */
export function timeTable(title: string, records: readonly CellRecord[], note?: string): Table {
  const time = (record: CellRecord, of: (distribution: Distribution) => number) =>
    seconds(record.secondsToComplete === null ? undefined : of(record.secondsToComplete));
  return {
    title,
    columns: [
      ...[left('Code'), left('Channel'), right('Bytes'), right('Listens at most, s'), right('Trials')],
      right('Complete, % (95 % interval)'),
      ...['mean', '50 %', '99 %', '99.9 %, or the largest of fewer than 1,000'].map((name) =>
        right(`Seconds, ${name}`),
      ),
    ],
    rows: records.map((record) => [
      record.transmission.isReference
        ? `${record.transmission.codeLabel}, reference model`
        : record.transmission.codeLabel,
      channelTitle(record.cell.channel),
      whole(record.cell.objectBytes),
      whole(Math.round(record.cell.passes * record.transmission.passSeconds)),
      whole(record.trials),
      range(record.completion, 1),
      ...[time(record, ({ mean }) => mean), time(record, ({ p50 }) => p50)],
      ...[time(record, ({ p99 }) => p99), time(record, ({ p999 }) => p999)],
    ]),
    ...(note === undefined ? {} : { note }),
  };
}

/** Number of passes that a receiver which joined at random has to hear. */
export function passesTable(records: readonly CellRecord[]): Table {
  const cells = ofSet(records, 'passes');
  const passes = [...new Set(cells.map(({ cell }) => cell.passes))].sort((a, b) => a - b);
  const key = ({ cell, transmission }: CellRecord) =>
    JSON.stringify([transmission.repairSymbols / transmission.sourceSymbols, cell.channel]);
  return {
    title: 'Complete after so many passes, %, for a receiver that joins at random',
    columns: [
      left('Channel'),
      right('Repair of a pass, %'),
      ...passes.map((n) => right(`${n} pass${n === 1 ? '' : 'es'}`)),
    ],
    rows: [...groupBy(cells, key).values()].map((group) => [
      channelTitle(group[0]!.cell.channel),
      share(group[0]!.transmission.repairSymbols / group[0]!.transmission.sourceSymbols, 0),
      ...passes.map((n) => {
        const record = group.find(({ cell }) => cell.passes === n);
        return record === undefined ? '-' : share(record.completion.probability, 1);
      }),
    ]),
    note:
      'No pass repeats a symbol of another. A receiver that joins in the middle of a datagram misses it: without loss and repair, after ' +
      'one pass it lacks one symbol.',
  };
}

/** Block sizes and the order of sending. */
export function blocksTable(records: readonly CellRecord[]): Table {
  return {
    title: 'Blocks and the order of sending',
    columns: [
      ...[left('Channel'), right('Blocks'), left('Order'), right('Efficiency after header costs, %')],
      ...[right('Surplus, % of bytes'), right('Seconds, mean'), right('Seconds, 99 %')],
    ],
    rows: ofSet(records, 'blocks').map(({ cell, transmission, efficiency, costs, secondsToComplete }) => [
      ...[channelTitle(cell.channel), whole(transmission.blocks), orderOf(cell)],
      ...[efficiency ? share(efficiency.afterHeaders, 1) : '-', costs ? share(costs.surplus, 1) : '-'],
      ...[seconds(secondsToComplete?.mean), seconds(secondsToComplete?.p99)],
    ]),
  };
}

/** Costs of each ingredient in numbers. */
export function costsTable(rows: readonly CostRow[]): Table {
  return {
    title: 'Share of the IP bytes received until completion, %',
    columns: [
      left('Transmission'),
      right('Object'),
      ...INGREDIENT_NAMES.map((name) => right(INGREDIENTS[name].label)),
    ],
    rows: rows.map(({ name, costs }) => [
      name,
      share(costs.object),
      ...INGREDIENT_NAMES.map((ingredient) => share(costs[ingredient])),
    ]),
    note: 'FDT: file delivery table with all its headers. Duplicates: symbols received before. Surplus: symbols of blocks that were complete.',
  };
}

/** Promises of the planner beside the simulation. */
export function plannerTable(results: readonly PlannerResult[]): Table {
  return {
    title: 'What the planner promises, and the simulation of its plans',
    columns: [
      ...[left('Channel'), right('Bytes'), right('Asked, %'), right('Repair, %'), right('Airtime, s')],
      ...[right('Promised, %'), right('Simulated, % (99.9 % interval)'), right('Trials'), left('Holds')],
      ...[left('Tight'), right('Noticed below, %')],
      ...[right('Mean seconds, promised'), right('simulated'), left('agree')],
      ...[right('after joining, promised'), right('simulated'), left('agree')],
    ],
    rows: results.map((result) => {
      const { question, plan, simulated, trials, holds, isTight } = result;
      return [
        ...[channelTitle(question.channel), whole(question.objectBytes), share(question.confidence, 1)],
        ...[String(plan.code.repairPercent), seconds(plan.airtime), share(plan.fromStart.probability, 3)],
        ...[range(simulated, 2), whole(trials), yesNo(holds)],
        ...[yesNo(isTight), share(result.noticedBelow, 2)],
        ...[...meanCells(result.seconds), ...meanCells(result.joiningSeconds)],
      ];
    }),
    note:
      'Holds: the promise is not above the interval of the simulation. Promises are exact or lower bounds, so the simulation may give more. ' +
      `Tight: the failures that the plan reckons with are at most ${LOOSENESS} times those of the lower end of the interval. The intervals are ` +
      '99.9 %, because among so many rows some 95 % intervals would fail by chance; each row draws its own chance. Noticed below: if the true ' +
      'probability were below that, 95 % of such simulations would show that the promise is too high. Means agree within four standard ' +
      `errors and 1 %; with rain they are bounds, ${LOOSENESS} times too long at most, and whoever joined has a deviation that long fades make large.`,
  };
}

const meanCells = (check: MeanCheck | undefined) =>
  check === undefined
    ? ['-', '-', '-']
    : [seconds(check.promised), seconds(check.simulated), yesNo(check.agrees)];

/** Real encoder, channel and receiver. */
export function exactTable(records: readonly CellRecord[]): Table {
  return {
    title: 'Exact mode: real encoder, channel and receiver, every byte compared',
    columns: [
      ...[
        left('Channel'),
        right('Bytes'),
        right('Blocks'),
        left('Order'),
        right('Passes heard'),
        right('Trials'),
      ],
      ...[right('Complete, % (95 % interval)'), right('Seconds, mean')],
    ],
    rows: ofSet(records, 'exact').map(({ cell, transmission, trials, completion, secondsToComplete }) => [
      ...[channelTitle(cell.channel), whole(cell.objectBytes), whole(transmission.blocks), orderOf(cell)],
      ...[whole(cell.passes), whole(trials), range(completion, 1), seconds(secondsToComplete?.mean)],
    ]),
  };
}

const orderOf = ({ interleave }: Cell) => (interleave ? 'interleaved' : 'one after the other');
