import { describe, expect, it } from 'vitest';
import { createPrng, rainFade } from '../../../../bench/channel/index.js';
import { createEffort } from '../../completion/effort.js';
import { createRowsMissed, type Rows } from './rows-missed.js';

describe('rows between fades', () => {
  const rows: Rows = { distance: 10, width: 1, loss: 0, needed: 1 };
  const usual = { model: 'rain-fade', share: 0.1, meanSeconds: 20 } as const;
  const missed = createRowsMissed(usual, createEffort());
  const ANY = Number.POSITIVE_INFINITY;

  it('are seen where nothing fades, and missed where too few are sent', () => {
    const clear = createRowsMissed({ ...usual, share: 0 }, createEffort());
    expect(clear(rows, 1, ANY)).toBe(0);
    expect(clear({ ...rows, loss: 0.1 }, 3, ANY)).toBeCloseTo(1e-3, 12);
    expect(missed(rows, 0, ANY)).toBe(1);
    expect(missed({ ...rows, needed: 3 }, 2, ANY)).toBe(1);
    expect(missed({ ...rows, needed: Number.POSITIVE_INFINITY }, 1e6, ANY)).toBe(1);
    expect(missed({ ...rows, needed: 0 }, 0, ANY)).toBe(0);
  });

  it('are missed less often where fades are shorter', () => {
    expect(missed(rows, 10, 50)).toBeLessThan(missed(rows, 10, ANY));
    // After reception fades have their share of the time at most, and begin in the row besides.
    expect(missed(rows, 1)).toBeCloseTo(0.1 / 0.9 + 1 * (0.1 / 0.9 / 20), 9);
  });

  it.each([
    { count: 1, loss: 0, needed: 1, share: 0.1 },
    { count: 5, loss: 0, needed: 1, share: 0.1 },
    { count: 5, loss: 0.2, needed: 1, share: 0.05 },
    { count: 9, loss: 0.1, needed: 3, share: 0.2 },
    { count: 200, loss: 0, needed: 1, share: 0.3 },
  ])('are missed no more often than promised, and not much less: %o', ({ count, loss, needed, share }) => {
    const fades = { share, meanSeconds: count === 200 ? 300 : 20 };
    const bound = createRowsMissed({ model: 'rain-fade', ...fades }, createEffort());
    const promised = bound({ ...rows, loss, needed }, count, ANY);
    const trials = 20_000;
    let failed = 0;
    for (let seed = 0; seed < trials; seed++) {
      const prng = createPrng(seed);
      const isLost = rainFade(prng.fork('fades'), fades);
      let seen = 0;
      for (let row = 0; row < count && seen < needed; row++) {
        const begin = isLost({ seconds: row * rows.distance, length: 1 });
        const end = isLost({ seconds: row * rows.distance + rows.width, length: 1 });
        if (!begin && !end && !prng.chance(loss)) seen++;
      }
      if (seen < needed) failed++;
    }
    const seen = failed / trials;
    const error = 4 * Math.sqrt(seen / trials);
    expect(promised).toBeGreaterThan(seen - error);
    expect(promised).toBeLessThan((needed === 1 ? 1.3 : 6) * seen + error);
  });
});
