import { expect, it } from 'vitest';
import { failureTable, measureFailureRates } from './failure-rate.js';

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
