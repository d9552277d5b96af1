import { expect, it } from 'vitest';
import { failureTable, measureFailureRates } from './failure-rate.js';
import { addSums, noSums, splitRates } from './failure-splitting.js';

it('finds the failure rates that the standard promises, the same for the same seed', async () => {
  const options = { jobs: 1 };
  const rows = await measureFailureRates([10, 100], 2000, 3, options);
  expect(rows).toEqual(await measureFailureRates([10, 100], 2000, 3, options));
  for (const { failures, rates } of rows) {
    expect(failures[0]!).toBeGreaterThan(0);
    expect(rates[0]!.low).toBeLessThan(1e-2);
    expect(failures[1]!).toBeLessThanOrEqual(2);
    expect(failures[3]).toBe(0);
  }
  expect(failureTable(rows)).toMatch(/^ +100 +101 +2000 +\d+ \(\d\.\de-3\) .* 0 \(< 1\.9e-3\)$/m);
});

it('finds by splitting what counting finds, and what is too rare to be counted', async () => {
  const [counted] = await measureFailureRates([10], 20_000, 5, { jobs: 1 });
  const [split] = await measureFailureRates([10], 4000, 4, { jobs: 1, splits: 300 });
  const [k1, k2, k3] = split!.split!;
  // intervals of the same probability overlap
  expect(k1!.low).toBeLessThanOrEqual(counted!.rates[1]!.high);
  expect(k1!.high).toBeGreaterThanOrEqual(counted!.rates[1]!.low);
  expect(k1!.probability).toBeGreaterThan(0);
  expect(k2!.high).toBeLessThan(k1!.high);
  expect(k3!.high).toBeLessThanOrEqual(k2!.high);
  expect(k2!.high).toBeLessThan(1e-4);
  expect(split!.failures).toEqual((await measureFailureRates([10], 4000, 4, { jobs: 1 }))[0]!.failures);
  expect(failureTable([split!])).toMatch(/by splitting +\d\.\de-\d/);
});

it('weighs the ways of a trial without bias', () => {
  // half of 100 trials fail; of 10 ways of each one fails, and of its 10 ways none
  const sums = noSums();
  for (let trial = 0; trial < 50; trial++)
    addSums(sums, { weights: [0.1, 0, 0], squares: [0.01, 0, 0], ways: [10, 10, 0] });
  const [k1, k2, k3] = splitRates(sums, { probability: 0.5, low: 0.4, high: 0.6 }, 100);
  expect(k1!.probability).toBeCloseTo(0.05, 12);
  expect(k1!.high - k1!.low).toBeCloseTo(2 * 1.96 * (0.05 / Math.sqrt(99)), 6);
  expect(k2).toMatchObject({ probability: 0, low: 0 });
  expect(k2!.high).toBeLessThan(k1!.high * 0.01);
  expect(k3!.high).toBe(k2!.high);
});
