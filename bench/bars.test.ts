import { expect, it } from 'vitest';
import { atLeast, atMost, missed } from './bars.js';
import { judgePace } from './live/pace-command.js';
import { judgeReception } from './live/reception-command.js';
import { judgeSoak } from './soak/judge.js';
import type { SoakReport } from './soak/soak-report.js';

it('names what misses its bar, and nothing else', () => {
  const judged = (value: number) => [
    { what: 'The loss', value, bar: atMost(0.001) },
    { what: 'The rate', value: 1000, bar: atLeast(1000) },
  ];
  expect(missed(judged(0.001))).toEqual([]);
  expect(missed(judged(0.0025))).toEqual(['The loss is 0.0025; at most 0.001 is asked for.']);
  expect(missed(judged(Number.NaN))).toHaveLength(1);
});

const PACE = {
  rate: 1e6,
  datagrams: 9,
  whole: 0.001,
  worstWindow: 0.01,
  burst: 7000,
  bucket: 6000,
  lateness: 1,
  lostTime: 2,
  cores: 0.1,
};

it.each([
  [{}, 0],
  [{ whole: -0.02 }, 1],
  [{ worstWindow: 0.2 }, 1],
  [{ burst: 7501 }, 1],
  [{ lostTime: 200, whole: 0.5 }, 2],
])('pace %o misses %i bars', (change, count) => {
  expect(missed(judgePace({ ...PACE, ...change }, 10))).toHaveLength(count);
});

const RECEPTION = {
  ...({ rate: 1e8, seconds: 5, loss: 0.1, jobs: 1, verify: 'lazy', oneCore: true } as const),
  ...{
    sentRate: 1e8,
    sent: 60_000,
    received: 60_000,
    kernelDrops: 0,
    bufferBytes: 4e6,
    cores: 0.5,
    peakMemory: 1.4e8,
    complete: 5,
  },
};

it.each([
  [{}, 0],
  [{ received: 59_000 }, 1],
  [{ kernelDrops: 100 }, 1],
  [{ sentRate: 9e7 }, 1],
  [{ peakMemory: 3e8 }, 1],
])('reception %o misses %i bars', (change, count) => {
  expect(missed(judgeReception({ ...RECEPTION, ...change }))).toHaveLength(count);
});

const SOAK = {
  rate: 2e6,
  pacing: { runs: 2, seconds: 100, worst: 0.3, percentile99: 0.1, beyondOnePercent: 0.1, mean: 0.001 },
  processes: [
    { name: 'sender', starts: 4, peakMemory: 1.9e8 },
    { name: 'receiver A', starts: 1, peakMemory: 1.6e8 },
    { name: 'receiver B', starts: 9, peakMemory: 1.6e8 },
    { name: 'relay', starts: 1, peakMemory: 9e7 },
  ],
  receivers: [
    { receiver: 'A', sent: 100, lost: 10, resumed: 0, stateBytes: 472 },
    { receiver: 'B', sent: 100, lost: 10, resumed: 50, stateBytes: 472 },
  ],
  relayDrops: 0,
} as unknown as SoakReport;

it.each([
  ['nothing', {}, 0],
  ['a rate that is too low', { pacing: { ...SOAK.pacing!, mean: -0.06 } }, 1],
  ['a rate that was not measured', { pacing: undefined }, 1],
  ['memory', { processes: [{ name: 'relay', starts: 1, peakMemory: 5e8 }] }, 1],
  ['state that is left', { receivers: SOAK.receivers.map((one) => ({ ...one, stateBytes: 5.2e6 })) }, 2],
  [
    'state that kills explain',
    { receivers: SOAK.receivers.map((one) => ({ ...one, stateBytes: 3.2e6 })) },
    1,
  ],
  ['nothing resumed', { receivers: SOAK.receivers.map((one) => ({ ...one, resumed: 0 })) }, 1],
  ['a relay that loses', { relayDrops: 3 }, 1],
])('soak: %s', (_, change, count) => {
  expect(missed(judgeSoak({ ...SOAK, ...change } as SoakReport))).toHaveLength(count);
});
