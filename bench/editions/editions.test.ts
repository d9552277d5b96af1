import { beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../fixtures/prng.js';
import { renderSvg } from '../report/output/render.js';
import { type EditionsReport, measureEditions } from './run.js';
import { atLeast, atMost, type Figure, meetsBar } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';
import type { PackedEdition } from './simulation/content.js';
import { createCountingReceiver } from './simulation/counting-receiver.js';
import { editionsPage, formatEditions } from './text.js';

let report: EditionsReport;
beforeAll(async () => {
  report = await measureEditions({
    scenarios: SCENARIOS.filter(({ isQuick }) => isQuick),
    seed: 1,
    isQuick: true,
    isPlotted: true,
    say() {},
  });
});

function figures(name: string): readonly Figure[] {
  return report.scenarios.find((scenario) => scenario.name === name)!.figures;
}

describe('quick scenarios', () => {
  it.each(['edits', 'hourly', 'first', 'all', 'airtime', 'clashes'])('%s meet their bars', (name) => {
    const withBar = figures(name).filter(({ bar }) => bar !== undefined);
    expect(withBar.length).toBeGreaterThan(0);
    for (const figure of withBar) expect(meetsBar(figure), `${figure.what}: ${figure.value}`).toBe(true);
  });

  it('give all of the front and text, and some of the rest, from a third of a recording', () => {
    const [front, text, rest] = figures('third');
    expect([front!.value, text!.value]).toEqual([100, 100]);
    // The parts of small content are so large that few of them end in time.
    expect(rest!.value).toBeGreaterThan(15);
    expect(rest!.value).toBeLessThan(34);
  });

  it('see every edit, and have receivers in the middle of one', () => {
    expect(figures('edits')[0]).toMatchObject({ value: 6, bar: { kind: 'least', value: 6 } });
    expect(figures('hourly')[1]!.what).toMatch(/ [1-9][0-9]* of 6 receivers that had an edit/);
  });

  it('need more airtime than the content has, and more at more loss', () => {
    const against = figures('all').filter(({ what }) => what === 'the same against the content sent once');
    const values = against.map(({ value }) => value);
    expect(values).toHaveLength(3);
    for (const [i, loss] of [0.05, 0.1, 0.2].entries()) expect(values[i]).toBeGreaterThan(1 / (1 - loss));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });
});

describe('report', () => {
  it('names seed, method, bars and what was before', () => {
    const text = formatEditions(report);
    expect(text).toContain('seed 1');
    expect(text).toContain('edits (decoded, ');
    expect(text).toMatch(/the front is readable at 10 % loss, mean +[0-9.]+ s +<= 30 s +25 min/);
    expect(editionsPage(report).sections[0]!.plots).toEqual([report.plot]);
  });

  it('marks what misses its bar', () => {
    const figures = [
      { what: 'too slow', value: 12, unit: 's', bar: atMost(10) },
      { what: 'enough', value: 100, unit: '%', bar: atLeast(100) },
    ];
    const scenarios = [
      { name: 'made-up', title: 'Made up', method: 'measured', figures, seconds: 1 },
    ] as const;
    const text = formatEditions({ ...report, scenarios });
    expect(text).toMatch(/too slow +12 s MISSED +<= 10 s/);
    expect(text).toMatch(/enough +100 % +>= 100 %/);
  });

  it('draws the three curves', () => {
    const svg = renderSvg(report.plot!);
    for (const name of ['In parts, order mixed', 'In parts, order sequence', 'One object'])
      expect(svg).toContain(name);
  });
});

describe('counting receiver', () => {
  const edition = {
    name: 'news',
    sequence: 1,
    index: { sha256: 'index', length: 1, signature: '' },
    parts: [
      { sha256: 'front', length: 1, class: 'front' },
      { sha256: 'film', length: 1, class: 'film' },
    ],
    changed: 2,
    listed: [],
  } satisfies PackedEdition;
  const codings = new Map([
    [1, { sha256: 'index', blocks: [1], packetBytes: 1 }],
    [2, { sha256: 'front', blocks: [2], packetBytes: 1 }],
    [3, { sha256: 'film', blocks: [2, 3], packetBytes: 1 }],
  ]);
  const symbol = (toi: number, sbn = 0) => ({ kind: 'symbol', toi, sbn, bytes: 1 }) as const;
  const table = { kind: 'table', tois: [1, 2, 3] } as const;
  const receiverWith = (loss: number, joined = 0) =>
    createCountingReceiver({
      loss,
      joined,
      random: createPrng(5),
      codings,
      editions: new Map([['index', edition]]),
    });

  it('has a part when each block has K symbols, and reads it when table and index are there', () => {
    const receiver = receiverWith(0);
    for (const [i, each] of [symbol(2), symbol(2), symbol(1), table].entries()) {
      expect(receiver.frontAt).toBeUndefined();
      receiver.take(each, i);
    }
    expect(receiver.frontAt).toBe(3);
    for (const [i, sbn] of [0, 1, 1, 0, 1].entries()) {
      expect(receiver.completeAt).toBeUndefined();
      receiver.take(symbol(3, sbn), 10 + i);
    }
    expect(receiver.completeAt).toBe(14);
    expect(receiver.readable).toEqual([
      { time: 3, sha256: 'front' },
      { time: 14, sha256: 'film' },
    ]);
  });

  it('takes nothing before it has joined, nor what is lost', () => {
    for (const receiver of [receiverWith(0, 100), receiverWith(1)]) {
      for (let i = 0; i < 50; i++) for (const each of [table, symbol(1), symbol(2)]) receiver.take(each, i);
      expect(receiver.frontAt).toBeUndefined();
    }
  });
});
