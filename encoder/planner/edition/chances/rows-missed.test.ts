import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../../fixtures/prng.js';
import { type Rows, rowsMissed } from './rows-missed.js';

describe('rows between fades', () => {
  const rows: Rows = { distance: 10, width: 1, needed: 1 };

  it('are seen where nothing fades, and missed where too little is received', () => {
    expect(rowsMissed(23, rows, 0)).toBe(0);
    expect(rowsMissed(9, rows, 0.1)).toBe(1);
    expect(rowsMissed(1e6, { ...rows, needed: Number.POSITIVE_INFINITY }, 0)).toBe(1);
    expect(rowsMissed(0, { ...rows, needed: 0 }, 1)).toBe(0);
  });

  it.each([
    { fadesPerSecond: 0.02, needed: 1, clear: 40 },
    { fadesPerSecond: 0.05, needed: 1, clear: 60 },
    { fadesPerSecond: 0.05, needed: 2, clear: 50 },
  ])('are missed no more often than promised: $needed at $fadesPerSecond', (asked) => {
    const { fadesPerSecond, needed, clear } = asked;
    const bound = rowsMissed(clear, { ...rows, needed }, fadesPerSecond);
    expect(bound).toBeLessThan(0.9);
    const prng = createPrng(1);
    const trials = 20_000;
    let missed = 0;
    for (let trial = 0; trial < trials; trial++) {
      let seen = 0;
      for (let left = clear; left > 0; ) {
        const piece = Math.min(left, -Math.log(1 - prng.uniform()) / fadesPerSecond);
        // At worst a row begins just before each fade ends.
        seen += Math.max(0, Math.floor((piece - rows.width) / rows.distance));
        left -= piece;
      }
      if (seen < needed) missed++;
    }
    expect(missed / trials).toBeLessThan(bound + 4 * Math.sqrt(bound / trials));
    expect(missed).toBeGreaterThan(0);
  });
});
