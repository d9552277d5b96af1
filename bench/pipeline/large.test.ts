import { expect, it } from 'vitest';
import { largeJob, largeReport } from './large.js';

it('takes a directory of 70 MB through 25 % loss', () => {
  const report = largeJob(1);
  process.stdout.write(largeReport(report));
  expect(report.peakMemory.encode).toBeGreaterThan(0);
  expect(report.peakMemory.receive).toBeGreaterThan(0);
});
