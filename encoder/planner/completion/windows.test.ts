import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visibleAtLeast } from './windows.js';

/** Seconds that an observer who begins at `phase` sees, window by window. */
function visible(period: number, length: number, phase: number, elapsed: number): number {
  let seen = 0;
  for (let begin = -period; begin < phase + elapsed; begin += period) {
    seen += Math.max(0, Math.min(begin + length, phase + elapsed) - Math.max(begin, phase));
  }
  return seen;
}

describe('visibleAtLeast', () => {
  it('is the share of the phases that see enough', () => {
    const PHASES = 2000;
    fc.assert(
      fc.property(
        fc.record({
          share: fc.double({ min: 0.01, max: 1, noNaN: true }),
          elapsed: fc.double({ min: 0, max: 40, noNaN: true }),
          part: fc.double({ min: 0, max: 1.1, noNaN: true }),
        }),
        ({ share, elapsed, part }) => {
          const period = 7;
          const length = share * period;
          const needed = part * elapsed;
          let enough = 0;
          for (let index = 0; index < PHASES; index++) {
            const phase = ((index + 0.5) / PHASES) * period;
            if (visible(period, length, phase, elapsed) >= needed - 1e-9) enough++;
          }
          const computed = visibleAtLeast({ period, length }, elapsed, needed - 1e-9);
          expect(Math.abs(computed - enough / PHASES)).toBeLessThan(3 / PHASES);
        },
      ),
      { numRuns: 200 },
    );
  });
});
