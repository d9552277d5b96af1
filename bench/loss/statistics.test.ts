import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilson } from './interval.js';
import { recordsAsCsv } from './results/csv.js';
import { createLdpcStaircase } from './simulation/reference/ldpc-staircase.js';
import { FDT, schedulePass } from './simulation/schedule.js';
import { distribution, histogram } from './simulation/summary.js';

describe('Wilson interval', () => {
  // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i is %f to %f', (successes, trials, low, high) => {
    const interval = wilson(successes, trials);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('is symmetric and holds the estimate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(1e6), (trials, some) => {
        const successes = some % (trials + 1);
        const { probability, low, high } = wilson(successes, trials);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(probability);
        expect(high).toBeGreaterThanOrEqual(probability);
        expect(wilson(trials - successes, trials).low).toBeCloseTo(1 - high, 9);
      }),
    );
  });
});

it('takes quantiles by the nearest rank', () => {
  const values = Array.from({ length: 1000 }, (_, i) => 1000 - i);
  expect(distribution(values)).toEqual({
    count: 1000,
    mean: 500.5,
    deviation: Math.sqrt((1000 * 1001) / 12),
    min: 1,
    p50: 500,
    p90: 900,
    p99: 990,
    p999: 999,
    max: 1000,
  });
  expect(distribution([7])).toMatchObject({ min: 7, p50: 7, p999: 7, max: 7 });
  expect(distribution([])).toBeNull();
});

it('counts every value in a histogram of few bins', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100_000)), (values) => {
      const bins = histogram(values);
      expect(bins.length).toBeLessThanOrEqual(64);
      expect(bins.reduce((sum, [, count]) => sum + count, 0)).toBe(values.length);
    }),
  );
  expect(histogram([0, 1, 1, 3])).toEqual([
    [0, 1],
    [1, 2],
    [3, 1],
  ]);
});

it('sends every symbol of a pass once, and the table at the start and the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 300 }),
      fc.integer({ min: 3, max: 100 }),
      fc.boolean(),
      fc.integer({ min: 2, max: 9 }),
      (symbols, most, interleaved, repetitions) => {
        const code = createLdpcStaircase(5, symbols, most, 0.5, interleaved);
        const { blocks, esis } = schedulePass(code.phases(0), repetitions);
        expect(blocks[0]).toBe(FDT);
        expect(blocks.at(-1)).toBe(FDT);
        expect(blocks.filter((block) => block === FDT)).toHaveLength(repetitions);
        const sent = Array.from(blocks, (block, i) => `${block} ${esis[i]}`).filter(
          (text) => text !== `${FDT} 0`,
        );
        const expected = code
          .phases(0)
          .flat()
          .reduce((sum, { count }) => sum + count, 0);
        expect(new Set(sent).size).toBe(expected);
      },
    ),
    { numRuns: 50 },
  );
});

it('writes a CSV of names alone when there are no records', () => {
  expect(recordsAsCsv([])).toMatch(/^id,set,mode,code,.*,cost_fdt\n$/);
});
