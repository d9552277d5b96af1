import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastWholeAbove } from './bisect.js';

describe('leastWholeAbove', () => {
  it('finds the least number in few steps, or none', () => {
    const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(whole, whole, whole, (least, above, most) => {
        fc.pre(above < most);
        let asked = 0;
        const suffices = (value: number) => {
          asked++;
          return value >= least;
        };
        const expected = Math.max(least, above + 1);
        expect(leastWholeAbove(suffices, above, most)).toBe(expected <= most ? expected : undefined);
        expect(asked).toBeLessThanOrEqual(128);
      }),
    );
  });

  it('ends where nothing suffices', () => {
    expect(leastWholeAbove(() => false, 0, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });
});
