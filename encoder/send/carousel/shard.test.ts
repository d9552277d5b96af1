import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { esiRuns, shardSymbols } from './shard.js';

const ESIS = 2 ** 24;
const all = (index: number, count: number, esis: number, from: number, length: number) =>
  esiRuns({ index, count }, esis, from, length).flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => run.firstEsi + i),
  );

describe('ESIs of a shard', () => {
  it('are all of them in their order for a single uplink', () => {
    expect(esiRuns({ index: 0, count: 1 }, ESIS, 100, 5000)).toEqual([{ firstEsi: 100, count: 5000 }]);
  });

  it('begin again when the ESI space is used up', () => {
    expect(esiRuns({ index: 0, count: 1 }, ESIS, ESIS - 2, 5)).toEqual([
      { firstEsi: ESIS - 2, count: 2 },
      { firstEsi: 0, count: 3 },
    ]);
  });

  it('take groups of 16 in turn', () => {
    expect(esiRuns({ index: 1, count: 3 }, ESIS, 10, 12)).toEqual([
      { firstEsi: 26, count: 6 },
      { firstEsi: 64, count: 6 },
    ]);
  });

  it('ascend, belong to no other shard, and stay within the space until it is used up', () => {
    const esis = fc.integer({ min: 512, max: 4096 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), esis, (count, esis) => {
        const seen = new Set<number>();
        for (let index = 0; index < count; index++) {
          const space = shardSymbols({ index, count }, esis);
          const mine = all(index, count, esis, 0, space);
          expect(mine).toHaveLength(space);
          for (const [i, esi] of mine.entries()) {
            expect(esi).toBeLessThan(esis);
            if (i > 0) expect(esi).toBeGreaterThan(mine[i - 1]!);
            expect(seen.has(esi)).toBe(false);
            seen.add(esi);
          }
          expect(all(index, count, esis, space, 1)).toEqual(mine.slice(0, 1));
        }
      }),
      { numRuns: 10 },
    );
  });

  it('are the same however they are cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.nat(100_000),
        fc.nat(200),
        fc.nat(200),
        (count, from, a, b) => {
          const whole = all(count - 1, count, 4096, from, a + b);
          const parts = [
            ...all(count - 1, count, 4096, from, a),
            ...all(count - 1, count, 4096, from + a, b),
          ];
          expect(parts).toEqual(whole);
        },
      ),
    );
  });
});
