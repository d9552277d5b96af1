import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { type ChannelSpec, createPrng } from '../channel/index.js';
import { type Cell, type CellTask, DEFAULT_CELL, wilson } from '../loss/index.js';
import { CODES } from '../loss/record.js';
import { type Experiments, type Findings, runExperiments } from './experiments.js';
import { readFailureRates } from './failures.js';
import type { Report, Table } from './output/document.js';
import { escapeHtml, formatHtml } from './output/html.js';
import { escapeMarkdown, formatMarkdown } from './output/markdown.js';
import { PNG_SCALE } from './output/render.js';
import { panels } from './output/style.js';
import { type WrittenReport, writeReport } from './output/write.js';
import { noticedBelow, plannerCase, plannerQuestions, plannerResult } from './planner-check.js';
import { composeReport } from './sections.js';
import { goals } from './tables/goals.js';

const SEED = 7;
const TRIALS = 12;
const BURSTS: ChannelSpec = { model: 'gilbert-elliott', loss: 0.2, burst: 5 };

function task(set: string, cell: Partial<Cell>): CellTask {
  const small: Cell = { ...DEFAULT_CELL, set, objectBytes: 20_000, passes: 100 };
  return { cell: { ...small, ...cell }, seed: SEED, trials: TRIALS };
}

const bernoulli = (loss: number): ChannelSpec => ({ model: 'bernoulli', loss });
const codes = (set: string, cell: Partial<Cell>): CellTask[] => [
  task(set, cell),
  ...CODES.filter((code) => code !== 'raptorq').map((code) => task(set, { ...cell, code })),
];

const EXPERIMENTS: Experiments = {
  tasks: [
    ...[0, 0.2, 0.5].flatMap((loss) => codes('efficiency', { channel: bernoulli(loss) })),
    ...[0.2, 0.5].map((loss) => task('overhead', { channel: bernoulli(loss) })),
    ...[bernoulli(0.2), BURSTS].flatMap((channel) => codes('models', { channel })),
    ...codes('join', { channel: bernoulli(0.1), join: 'random' }),
    task('join-size', { channel: bernoulli(0.2), join: 'random' }),
    ...[0.2, 1].map((fraction) => task('single-pass', { passes: 1, repair: { kind: 'fraction', fraction } })),
    ...[1, 2].map((passes) => task('passes', { passes, join: 'random' })),
    task('blocks', { blockSymbols: 5, join: 'random' }),
    task('authentication', { authDepth: 3 }),
    task('exact', { mode: 'exact', passes: 10 }),
  ],
  questions: plannerQuestions(false)
    .filter(({ channel }) => ['bernoulli', 'recorder', 'rain-fade'].includes(channel.model))
    .map((question) => ({ ...question, objectBytes: 30_000 }))
    .slice(0, 8),
  plannerTrials: 60,
  failures: [{ sourceSymbols: 10, trials: 300, splits: 20 }],
  seed: SEED,
};

const MAKING = { command: 'npm run <that> & "this"', seed: SEED, facts: [['Machine', '<b>|`x`']] as const };

let directory: string;
let findings: Findings;
let report: Report;
let written: WrittenReport;
let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  directory = mkdtempSync(join(tmpdir(), 'datacast-report-'));
  findings = await run(() => () => {});
  report = composeReport(findings, MAKING);
  written = await writeReport(report, directory, join(directory, 'results.md'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(onPart: (name: string, total: number) => (by: number) => void): Promise<Findings> {
  return runExperiments(EXPERIMENTS, {
    jobs: 1,
    onPart,
    resultsPath: join(directory, 'loss.jsonl'),
    failuresPath: join(directory, 'failure-rates.json'),
  });
}

const tables = () => report.sections.flatMap((section) => section.tables);
const plots = () => report.sections.flatMap((section) => section.plots);
function tableNamed(start: string): Table {
  const found = tables().find(({ title }) => title.startsWith(start));
  if (found === undefined) throw new Error(`No table is titled "${start}...".`);
  return found;
}

describe('what was run', () => {
  it('is kept: the next run does nothing and finds the same', async () => {
    const before = readFileSync(join(directory, 'loss.jsonl'), 'utf8');
    const known: [string, number, number][] = [];
    const again = await run((name, total) => (by) => known.push([name, total, by]));
    expect(again).toEqual({
      ...findings,
      reusedCells: findings.records.length + findings.plannerRecords.length,
    });
    expect(readFileSync(join(directory, 'loss.jsonl'), 'utf8')).toBe(before);
    expect(known.map(([, total, by]) => by / total)).toEqual([1, 1]);
  });
});

describe('the page', () => {
  it('holds every plot and table, needs nothing else and has no identifier twice', () => {
    const { page, plots: paths, markdown } = written;
    const html = readFileSync(page, 'utf8');
    expect(paths.length).toBe(6);
    for (const { title } of [...tables(), ...plots()]) expect(html).toContain(escapeHtml(title));
    expect(html.match(/<svg /g)?.length).toBe(6);
    // A telephone scrolls what is wider than its screen, not the page.
    expect(html).toMatch(/ pre \{[^}]*overflow-x: auto/);
    expect(html).not.toMatch(/<(script|link|img)|(src|href)="(?!#)|url\((?!#)/);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const text = readFileSync(markdown!, 'utf8');
    for (const { name, title } of plots()) {
      const svg = readFileSync(join(directory, 'plots', `${name}.svg`), 'utf8');
      expect(svg).toContain(`<title>${escapeHtml(title)}</title>`);
      expect(svg).not.toContain('<style');
      expect(html).toContain(svg);
      expect(text).toContain(`](results/${name}.svg)`);
      expect(readFileSync(join(directory, 'results', `${name}.svg`), 'utf8')).toBe(svg);
    }
  });

  it('has pictures of the size that was asked for, with something on them', () => {
    for (const { name, width, height } of plots()) {
      const png = readPng(readFileSync(join(directory, 'plots', `${name}.png`)));
      expect([png.width, png.height], name).toEqual([PNG_SCALE * width, PNG_SCALE * height]);
      const middle = png.bytes.length >>> 1;
      expect(new Set(png.bytes.subarray(middle, middle + 500_000)).size, name).toBeGreaterThan(50);
    }
  });

  it('takes text for text', () => {
    const html = formatHtml(report, () => '<svg></svg>');
    expect(html).toContain('npm run &#60;that&#62; &#38; &#34;this&#34;');
    expect(html).not.toContain('<b>');
    const markdown = formatMarkdown(report, () => 'x.svg');
    expect(markdown).toContain('| \\<b\\>\\|\\`x\\` |');
  });

  it.each([
    ['HTML', escapeHtml, /[<>"']|&(?!#\d+;)/],
    ['Markdown', escapeMarkdown, /\n|(?<!\\)(?:\\\\)*[<>|`*_[\]#]/],
  ] as const)('leaves nothing that %s would take for itself', (_, escapeText, special) => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => !special.test(escapeText(text))));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'<>&"\'|\\`*_[]#\n x') }),
        (text) => !special.test(escapeText(text)),
      ),
    );
  });
});

describe('panels', () => {
  it('give long titles as many lines as they need, right above their plots', () => {
    const long = 'Rain fades, 20 % of the time, mean 366 s + bursts of 10, loss 10 %';
    const sizes = { columns: 2, height: 190, top: 34 };
    const short = panels(['Independent loss 20 %', 'Bursts'], sizes);
    const { title, grid, height } = panels(['Independent loss 20 %', long], sizes);
    expect(title[1]!.text!.split('\n').join(' ')).toBe(long);
    expect(title[1]!.text!.split('\n')).toHaveLength(2);
    expect(title[0]!.text).toBe('Independent loss 20 %');
    const line = height - short.height;
    expect(line).toBeGreaterThanOrEqual(12);
    expect(grid.map(({ top }) => top)).toEqual(short.grid.map(({ top }) => Number(top) + line));
    expect(title.map(({ top }) => top)).toEqual([Number(short.title[0]!.top) + line, short.title[1]!.top]);
  });
});

describe('the tables', () => {
  it('give the efficiency that was measured and say whether it is enough', () => {
    const { rows } = tableNamed('Efficiency for a bundle of 20,000 bytes');
    const ours = findings.records.filter(({ cell }) => cell.set === 'efficiency' && cell.code === 'raptorq');
    expect(rows.map(([loss]) => loss)).toEqual(['0', '20', '50']);
    for (const [index, { efficiency }] of ours.entries()) {
      const [, total, afterHeaders, , enough] = rows[index]!;
      expect(total).toBe((100 * efficiency!.total).toFixed(2));
      expect(afterHeaders).toBe((100 * efficiency!.afterHeaders).toFixed(2));
      const answer = efficiency!.afterHeaders >= 0.98 ? 'yes' : 'no';
      expect(enough).toBe(index === 0 ? `(${answer})` : answer);
    }
    const worst = Math.min(...ours.slice(1).map(({ efficiency }) => efficiency!.afterHeaders));
    const [goal] = goals(findings.records, [], []);
    expect(goal).toMatchObject({ met: worst >= 0.98 });
    expect(goal!.result).toContain(`${(100 * worst).toFixed(2)} %`);
    const [one] = findings.records.filter(({ cell }) => cell.set === 'overhead');
    const overhead = goals(findings.records, [], []).find((each) => each.goal.startsWith('Overhead'));
    expect(overhead?.goal).toContain(`of a block of K = ${one!.transmission.sourceSymbols}`);
    expect(overhead?.result).toContain(`of ${2 * TRIALS} trials`);
  });

  it('name what was chosen of the parameters of other codes', () => {
    const { columns, rows } = tableNamed('Efficiency for a bundle of 20,000 bytes');
    const cellOf = (title: string) => rows[1]![columns.findIndex((column) => column.title === title)];
    expect(cellOf('Reed-Solomon GF(2^8)')).toMatch(/^\d+\.\d \(255,\d+\)$/);
    expect(cellOf('Reed-Solomon GF(2^16)')).toMatch(/^\d+\.\d \(1000 \+ \d+\)$/);
    expect(cellOf('LDPC-Staircase N1 = 5')).toMatch(/^\d+\.\d rate 0\.\d+$/);
  });

  it('do not take a failure that was never counted for one that is rare enough', () => {
    const [rates] = findings.failures;
    const { split: _, ...counted } = rates!;
    const bound = goals([], [counted], []).find(({ goal }) => goal.startsWith('With K+2 and K+3'));
    expect(bound).toMatchObject({ met: false, result: 'not shown at K = 10 at K+2, K = 10 at K+3' });
    const rare = { probability: 1e-9, low: 0, high: 1e-8 };
    const shown = goals([], [{ ...counted, split: [rare, rare, rare] }], []);
    expect(shown.find(({ goal }) => goal.startsWith('With K+2'))).toMatchObject({ met: true });
  });

  it('give each promise of the planner beside its simulation', () => {
    const { rows } = tableNamed('What the planner promises');
    expect(rows.length).toBe(EXPERIMENTS.questions.length);
    for (const [index, { plan, holds, isTight, trials }] of findings.planner.entries()) {
      const row = rows[index]!;
      expect(row[5]).toBe((100 * plan.fromStart.probability).toFixed(3));
      expect(row.slice(7, 10)).toEqual([String(trials), holds ? 'yes' : 'no', isTight ? 'yes' : 'no']);
    }
    const held = findings.planner.filter(({ holds }) => holds).length;
    expect(goals([], [], findings.planner)[0]!.result).toMatch(new RegExp(`^${held} of 8 plans; \\d`));
  });

  it('give the failures that were counted', () => {
    const [rates] = findings.failures;
    const [row] = tableNamed('How often a block is not rebuilt').rows;
    expect(row!.slice(0, 3)).toEqual(['10', '10', '300']);
    expect(row!.slice(3, 7).map((cell) => cell.startsWith('0 ('))).toEqual(
      rates!.failures.map((n) => n === 0),
    );
    expect(row!.slice(7)).toEqual(
      rates!.split!.map(({ probability, low, high }) =>
        expect.stringMatching(
          `^${probability.toExponential(1)} .${low.toExponential(1)} to ${high.toExponential(1)}.$`.replaceAll(
            '+',
            '.',
          ),
        ),
      ),
    );
  });

  it('have as many cells as columns', () => {
    for (const { title, columns, rows } of tables()) {
      for (const row of rows) expect(row.length, title).toBe(columns.length);
    }
  });
});

describe('the check of the planner', () => {
  it('lets receivers that join listen through fades', () => {
    for (const question of plannerQuestions(false)) {
      if (question.channel.model === 'recorder' || question.objectBytes > 1e6) continue;
      const { plan, joining } = plannerCase(question, schemes, SEED, 10);
      // days, where 200 passes of a small object were minutes
      expect(joining!.cell.passes * plan.airtime).toBeGreaterThan(86_400);
    }
  });

  it('cuts objects into as many blocks as the plan has', () => {
    for (const question of plannerQuestions(false)) {
      if (question.channel.model !== 'bernoulli') continue;
      const { plan, fromStart } = plannerCase(question, schemes, SEED, 10);
      const { sourceSymbols, sourceBlocks } = plan.code;
      expect(Math.ceil(sourceSymbols / fromStart.cell.blockSymbols)).toBe(sourceBlocks);
    }
  });

  it('sends what was planned, and fails when less arrives than was promised', () => {
    const [result] = findings.planner;
    const [record] = findings.plannerRecords;
    expect(record!.transmission.passSeconds).toBeCloseTo(result!.plan.airtime, 6);
    const planned = {
      question: result!.question,
      plan: result!.plan,
      fromStart: task('planner', {}),
      joining: undefined,
    };
    expect(plannerResult(planned, { ...record!, completed: 30 }, undefined).holds).toBe(false);
    expect(plannerResult(planned, { ...record!, completed: 60 }, undefined).holds).toBe(true);
    const probability = 0.5;
    const careful = {
      ...planned,
      plan: { ...planned.plan, fromStart: { ...planned.plan.fromStart, probability } },
    };
    expect(plannerResult(careful, { ...record!, completed: 60 }, undefined)).toMatchObject({
      holds: true,
      isTight: false,
    });
    const { expectedSeconds } = planned.plan.fromStart;
    const mean = (factor: number) => {
      const secondsToComplete = {
        ...record!.secondsToComplete!,
        mean: factor * expectedSeconds!,
        deviation: 0,
      };
      return plannerResult(planned, { ...record!, secondsToComplete }, undefined).seconds?.agrees;
    };
    expect([mean(1), mean(1.009), mean(1.02), mean(0.98)]).toEqual([true, true, false, false]);
    const rain: ChannelSpec = { model: 'rain-fade', share: 0.01, meanSeconds: 200, sigma: 1.6 };
    const inRain = (factor: number, joiningFactor = 1) => {
      const of = (by: number) => ({
        ...record!.secondsToComplete!,
        mean: by * expectedSeconds!,
        deviation: 0,
        count: 1e9,
      });
      const question = {
        ...planned.question,
        channel: { model: 'all', of: [rain, bernoulli(0.1)] } as const,
      };
      const { expectedSeconds: joining } = planned.plan.joining;
      const of2 = { ...of(1), mean: joiningFactor * joining! };
      const { seconds, joiningSeconds } = plannerResult(
        { ...planned, question },
        { ...record!, secondsToComplete: of(factor) },
        { ...record!, secondsToComplete: of2 },
      );
      return [seconds?.agrees, joiningSeconds?.agrees];
    };
    // a bound may be too long, by half of the mean at most, and never too short
    expect(inRain(1 / 1.4)[0]).toBe(true);
    expect(inRain(1 / 1.6)[0]).toBe(false);
    expect(inRain(1.03)[0]).toBe(false);
    expect(inRain(1, 1)[1]).toBe(true);
  });

  it('draws the chance of each plan for itself', () => {
    const draws = findings.plannerRecords.map(({ cell }) => cell.draw);
    expect(new Set(draws.filter((draw) => draw !== undefined)).size).toBeGreaterThan(3);
    const [first, second] = findings.plannerRecords;
    expect(first!.cell.channel).toEqual(second!.cell.channel);
    expect(first!.channel.lost).not.toBe(second!.channel.lost);
  });

  it('knows what it would notice', () => {
    // of 2,000 trials at a promise of 0.99, an interval ends below it up to 1,962 successes: 1 - 0.019
    const power = noticedBelow(0.99, 2000);
    expect(power).toBeGreaterThan(0.97);
    expect(power).toBeLessThan(0.985);
    const prng = createPrng(5);
    let noticed = 0;
    for (let run = 0; run < 400; run++) {
      let successes = 0;
      for (let trial = 0; trial < 2000; trial++) if (prng.uniform() < power) successes++;
      if (wilson(successes, 2000, 3.2905).high < 0.99) noticed++;
    }
    expect(Math.abs(noticed / 400 - 0.95)).toBeLessThan(0.05);
    expect(noticedBelow(0.99, 1)).toBeLessThan(noticedBelow(0.99, 20_000));
  });
});

describe('failure statistics from a file', () => {
  it.each(['{}', '[', '[1]', '[{"sourceSymbols":10}]'])('refuses %s', (text) => {
    const path = join(directory, 'wrong.json');
    writeFileSync(path, text);
    expect(() => readFailureRates(path)).toThrow(/wrong\.json (is not what|holds something else)/);
  });

  it('reads what was measured', () => {
    const path = join(directory, 'right.json');
    writeFileSync(path, JSON.stringify(findings.failures));
    expect(readFailureRates(path)).toEqual(findings.failures);
  });
});

/** ISO/IEC 15948: the header chunk, and the bytes of all lines with the byte before each. */
function readPng(png: Uint8Array): { width: number; height: number; bytes: Uint8Array } {
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  expect(view.getBigUint64(0)).toBe(0x89504e470d0a1a0an);
  const parts: Uint8Array[] = [];
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8));
    if (type === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const bytes = inflateSync(Buffer.concat(parts));
  expect(bytes.length % height).toBe(0);
  return { width, height, bytes };
}
