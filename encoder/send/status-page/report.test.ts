import { expect, it } from 'vitest';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';
import { createHistory } from './history.js';
import { PAGE, PAGE_HEADERS } from './page.js';
import { reportOf, totalsOf } from './report.js';

const FLOW: FlowStatus = {
  name: 'news',
  sequence: 1_790_000_000,
  parts: 95,
  changed: 3,
  weight: 1,
  symbols: 100,
  bytes: 150_000,
  passes: 1,
  passDone: 0.5,
  passLeft: 200,
  datagramsLeft: 400,
  silentUntil: undefined,
};
const STATUS: UplinkStatus = {
  destinations: ['239.255.0.1:4001'],
  tsi: 7,
  rate: 2e6,
  flows: [
    FLOW,
    { ...FLOW, name: 'weather\u202e', sequence: 7, datagramsLeft: undefined, symbols: 0, bytes: 0 },
  ],
  tables: 12,
  queued: 0,
  certificateEnd: 1_922_000_000,
  stats: { datagrams: 1234, bytes: 200_000, errors: 2, lostTime: 1500, lateness: 0, destinations: [] },
  packing: { bundle: 'weather', done: 1, total: 4 },
  interfaceReturns: 0,
  problems: [{ bundle: 'weather', message: 'It is\u0007 gone.', since: 1000 }],
  unsaved: 0,
};

/** Looks at moments of a bundle: time in milliseconds and bytes. */
function historyOf(...looks: [number, number][]) {
  const history = createHistory(241);
  for (const [now, bytes] of looks)
    history.add(
      now,
      new Map([
        ['', bytes],
        ['news', bytes],
      ]),
    );
  return history;
}

it('a history has rates between looks, of the last ones', () => {
  const history = createHistory(3);
  const look = (now: number, bytes: number) => history.add(now, new Map([['a', bytes]]));
  expect([history.rates('a'), history.span]).toEqual([[], 0]);
  look(0, 0);
  look(1000, 1000);
  look(2000, 3000);
  expect(history.rates('a')).toEqual([8000, 16_000]);
  // a bundle that begins again counts from nothing
  look(4000, 500);
  expect(history.rates('a')).toEqual([16_000, 0]);
  expect([history.rates('b'), history.span]).toEqual([[0, 0], 3000]);
});

it('a report says what is on the air, and how long it takes at the rate of late', () => {
  const hour = historyOf([0, 0], [15_000, 75_000], [30_000, 150_000], [45_000, 225_000], [60_000, 300_000]);
  const late = historyOf([29_000, 145_000], [30_000, 150_000]);
  const report = reportOf(STATUS, { hour, late }, { now: 5000, since: 0 });
  expect(report).toMatchObject({
    measured: 40_000,
    refused: 2,
    lostAirtime: 1.5,
    certificateEnd: 1_922_000_000_000,
    packing: { bundle: 'weather', share: 0.25 },
    historySpan: 60_000,
    history: [40_000, 40_000, 40_000, 40_000],
    problems: [{ bundle: 'weather', message: 'It is\\u0007 gone.', since: 1000 }],
  });
  // of an uplink that has just begun, the last seconds are shown
  const first = reportOf(STATUS, { hour: historyOf([0, 0]), late }, { now: 5000, since: 0 });
  expect(first).toMatchObject({ historySpan: 1000, history: [40_000] });
  const [news, weather] = report.bundles;
  // 200 datagrams of 1,500 bytes at 40 kbit/s
  expect(news).toMatchObject({ pass: 2, passLeft: 60, left: 120, edition: 1_790_000_000_000 });
  expect(weather).toMatchObject({
    name: 'weather\\u202e',
    passLeft: undefined,
    left: undefined,
    edition: undefined,
  });
});

it('a report of many bundles over an hour stays small', () => {
  const flows = Array.from({ length: 250 }, (_, i) => ({ ...FLOW, name: `bundle ${i}` }));
  const status = { ...STATUS, flows };
  const hour = createHistory(241);
  for (let i = 0; i <= 240; i++)
    hour.add(15_000 * i, totalsOf({ ...status, stats: { ...status.stats, bytes: 4e6 * i } }));
  const report = reportOf(status, { hour, late: hour }, { now: 0, since: 0 });
  expect(report.bundles[0]!.history).toHaveLength(60);
  expect(report.history).toHaveLength(240);
  expect(JSON.stringify(report).length).toBeLessThan(200_000);
});

it('the page lets nothing run but itself, and has all it needs', () => {
  const policy = PAGE_HEADERS['Content-Security-Policy'];
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/]+=*'; style-src 'sha256-/);
  expect(policy).not.toMatch(/unsafe/);
  const addresses = PAGE.match(/(?:src|href)="[^"]*"|https?:\/\/[^"'`\s]*/g);
  expect(new Set(addresses)).toEqual(new Set(['href="data:,"', 'http://www.w3.org/2000/svg']));
});
