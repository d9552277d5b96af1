import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { compareDirectories } from '../../fixtures/job.js';
import { missed } from '../bars.js';
import { createPrng } from '../channel/index.js';
import { makeEdition, publish, soakBundles } from './content.js';
import { createEditionRecords } from './edition-records.js';
import { judgeSoak } from './judge.js';
import { measurePacing } from './pacing.js';
import { soak } from './run.js';
import { soakText } from './soak-report.js';

function workDirectory(): string {
  const work = mkdtempSync(join(tmpdir(), 'datacast-soak-'));
  onTestFinished(() => rmSync(work, { recursive: true, force: true }));
  return work;
}

it('brings every edition to two receivers while sender and receiver are killed', async () => {
  const seed = Date.now() % 1e6;
  const report = await soak({
    duration: 20_000,
    seed,
    rate: 2e6,
    channel: 'gilbert-elliott:loss=0.2,burst=8',
    work: workDirectory(),
    stop: new AbortController().signal,
    onProgress: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  const misses = missed(judgeSoak(report));
  const text = soakText(report, misses);
  process.stdout.write(text);
  // the rate depends on the machine, and so does what its kernel drops
  expect(misses.filter((sentence) => !/rate|relay/.test(sentence))).toEqual([]);

  expect(report.failures).toEqual([]);
  expect(report.filesCompared).toBeGreaterThan(100);
  expect(text).toContain(`--seed ${seed}`);
  expect(text).toContain('arrived at both receivers, byte for byte.');
  for (const bundle of ['news', 'weather', 'library']) {
    const editions = report.editions.filter((edition) => edition.bundle === bundle);
    expect(editions.length).toBeGreaterThan(0);
    const sequences = editions.map(({ sequence }) => sequence!);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    for (const { arrivals } of editions) {
      for (const receiver of ['A', 'B'] as const) {
        expect(arrivals[receiver]).toMatchObject({ difference: undefined, seconds: expect.any(Number) });
      }
    }
  }
  const starts = Object.fromEntries(report.processes.map((process) => [process.name, process.starts]));
  expect(starts).toMatchObject({ relay: 1, 'receiver A': 1 });
  expect(starts.sender).toBeGreaterThan(1);
  expect(starts['receiver B']).toBeGreaterThan(1);
  for (const { peakMemory } of report.processes) expect(peakMemory).toBeGreaterThan(1e7);
  expect(report.receivers.map(({ receiver }) => receiver)).toEqual(['A', 'B']);
  for (const { sent, lost } of report.receivers) expect(lost).toBeGreaterThan(sent! / 20);
  expect(report.listener.symbols).toBeGreaterThan(1000);
  expect(report.pacing?.seconds).toBeGreaterThan(5);
});

it('brings every edition to receivers that are attacked', async () => {
  const report = await soak({
    duration: 10_000,
    seed: Date.now() % 1e6,
    rate: 2e6,
    channel: 'bernoulli:loss=0.1',
    adversary: true,
    work: workDirectory(),
    stop: new AbortController().signal,
    onProgress: (sentence) => process.stderr.write(`${sentence}\n`),
  });
  expect(report.failures).toEqual([]);
  const sent = Object.values(report.adversary!).reduce((sum, count) => sum + count, 0);
  expect(sent).toBeGreaterThan(1000);
  expect(soakText(report, [])).toMatch(/Attack +[\d,]+ datagrams sent to each receiver/);
});

it('tells what should not have been', () => {
  const told: string[] = [];
  const records = createEditionRecords((sentence) => told.push(sentence));
  const said = (sequence: number, symbolsBefore: number) => ({ sequence, symbolsBefore, bytes: 1000 });
  const first = records.begin({ bundle: 'news', number: 1, changed: 0 });
  records.onAir('news', said(100, 0), 1);
  records.onAir('news', said(100, 50), 2);
  records.arrived(first, 'A', { seconds: 3, difference: undefined, found: false });
  expect(records.failures).toEqual([]);

  records.onAir('news', said(100, 40), 3);
  records.onAir('news', said(101, 0), 4);
  records.arrived(first, 'B', { seconds: 3, difference: 'index.html is missing.', found: false });
  const second = records.begin({ bundle: 'news', number: 2, changed: 5 });
  records.onAir('news', said(99, 0), 6);
  expect(told).toEqual([
    'Edition 1 of news goes on after 40 symbols a block; it had gone on after 50.',
    'The sender has put news on the air as sequence 101, and nothing had changed.',
    'Edition 1 of news came to receiver B and differs: index.html is missing.',
    'Sequence 99 of news does not rise: 100 was before it.',
  ]);
  expect(records.failures).toEqual(told);
  expect(records.latestEditions()).toEqual([second]);
});

it('measures the pace in each life of the sender', () => {
  const packets = (from: number, count: number, gap: number) =>
    Array.from({ length: count }, (_, i) => ({ time: from + i * gap, bytes: 1250 }));
  // 1 Mbit/s is a packet each 10 ms; the second life is 2 % too slow and closes its session
  const arrivals = [...packets(1000, 501, 10), ...packets(9000, 501, 10 / 0.98), ...packets(14_200, 3, 0)];
  const lives = [
    { began: 500, ended: 6500 },
    { began: 8000, ended: 15_000 },
  ];
  const pacing = measurePacing(arrivals, lives, 1e6)!;
  expect(pacing).toMatchObject({ runs: 2, seconds: 10 });
  expect(pacing.worst).toBeCloseTo(0.02, 3);
  expect(pacing.percentile99).toBeCloseTo(0.02, 3);
  expect(pacing.beyondOnePercent).toBe(0.5);
  expect(pacing.mean).toBeCloseTo(-0.01, 3);
  expect(measurePacing(arrivals.slice(0, 50), lives, 1e6)).toBeUndefined();
});

it('publishes editions as a whole, the same ones for the same seed', () => {
  const work = workDirectory();
  const at = (name: string) => join(work, name);
  const [bundle] = soakBundles(2e6, 0.3);
  makeEdition(at('1'), bundle!, 1, createPrng(7));
  makeEdition(at('again'), bundle!, 1, createPrng(7));
  makeEdition(at('2'), bundle!, 2, createPrng(8));
  mkdirSync(at('content'));
  publish(at('1'), at('content'));
  compareDirectories(at('again'), at('content'));
  publish(at('2'), at('content'));
  compareDirectories(at('2'), at('content'));
  expect(() => compareDirectories(at('1'), at('content'))).toThrow('differs');
});
