import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repetitionIntervals, soonest, turnsOfPass } from './intervals.js';

describe('repetition', () => {
  const bytes = fc.record({
    indexTables: fc.integer({ min: 300, max: 20_000 }),
    otherTables: fc.integer({ min: 0, max: 500_000 }),
    indexes: fc.integer({ min: 1500, max: 200_000 }),
    fronts: fc.integer({ min: 0, max: 1_000_000 }),
  });

  it('takes no more than its shares of the airtime, and comes no more often than is wanted', () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 64_000, max: 1e9 }), (bytes, rate) => {
        const within = { table: 2000, front: 30_000 };
        const wanted = { table: soonest(within.table), front: soonest(within.front) };
        const intervals = repetitionIntervals(bytes, within, rate, 1e9);
        const share = (kind: keyof typeof bytes) => (8000 * bytes[kind]) / intervals[kind] / rate;
        expect(share('indexTables') + share('otherTables') + share('indexes')).toBeLessThanOrEqual(0.02);
        expect(share('fronts')).toBeLessThanOrEqual(0.0201);
        expect(intervals.indexTables).toBeGreaterThanOrEqual(wanted.table * 0.999);
        expect(intervals.otherTables).toBeGreaterThanOrEqual(wanted.table * 0.999);
        expect(intervals.indexes).toBeGreaterThanOrEqual(wanted.front * 0.999);
        expect(intervals.fronts).toBeGreaterThanOrEqual(wanted.front * 0.999);
      }),
    );
  });

  it('is as often as is wanted where the rate allows it', () => {
    const few = { indexTables: 1000, otherTables: 1000, indexes: 3000, fronts: 50_000 };
    const intervals = repetitionIntervals(few, { table: 2000, front: 30_000 }, 10e6, 1e8);
    expect(intervals.indexTables).toBeCloseTo(soonest(2000), 6);
    expect(intervals.otherTables).toBeCloseTo(soonest(2000), 6);
    expect(intervals.indexes).toBeCloseTo(soonest(30_000), 6);
    expect(intervals.fronts).toBeCloseTo(soonest(30_000), 6);
  });

  it('keeps no step with windows of a round period', () => {
    for (const period of [1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000]) {
      const phases = Array.from({ length: 40 }, (_, i) => (i * soonest(30_000)) % period).sort(
        (a, b) => a - b,
      );
      const gaps = phases.map((phase, i) => (phases[i + 1] ?? phases[0]! + period) - phase);
      expect(Math.max(...gaps) / period).toBeLessThan(0.1);
    }
  });

  it('is once in a pass where that is more', () => {
    const small = { indexTables: 1400, otherTables: 0, indexes: 1400, fronts: 1000 };
    const { indexTables } = repetitionIntervals(small, { table: 2000, front: 30_000 }, 2000, 5000);
    expect(indexTables).toBeLessThan((8000 * (5000 + 2800)) / 2000);
  });
});

describe('turns of a block', () => {
  it('are many, and groups as small as a quarter of a core allows', () => {
    expect(turnsOfPass(512_000, 100e6)).toEqual({ groups: 64, turns: 64 });
    expect(turnsOfPass(100e6, 100e6)).toEqual({ groups: 10, turns: 64 });
    expect(turnsOfPass(10e9, 1e6)).toEqual({ groups: 1, turns: 64 });
  });

  it('are longer where too much would wait', () => {
    expect(turnsOfPass(100e6, 1e9)).toEqual({ groups: Number.POSITIVE_INFINITY, turns: 10 });
  });
});
