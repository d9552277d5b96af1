import { expect, it } from 'vitest';
import { measureReception } from './reception.js';

it('counts what a receiver gets, and compares what it has written', async () => {
  const given = { rate: 2e6, seconds: 1, loss: 0.1, jobs: 1, verify: 'lazy', oneCore: false } as const;
  const result = await measureReception(given);
  expect(result).toMatchObject(given);
  expect(result.sent).toBeGreaterThan(200);
  expect(result.received).toBeLessThanOrEqual(result.sent);
  expect(result.peakMemory).toBeGreaterThan(4e7);
});
