import { describe, expect, it } from 'vitest';
import { createPace } from './pace.js';

const START = Date.UTC(2026, 0, 1);

describe('createPace', () => {
  it('sends a byte every 8 / rate seconds', () => {
    const pace = createPace(START, 1_000_000);
    const start = BigInt(START) * 1_000_000n;
    expect(pace.nanosecondsAfter(0)).toBe(start);
    expect(pace.nanosecondsAfter(1500)).toBe(start + 12_000_000n);
    expect(pace.secondsAfter(125_000)).toBe(START / 1000 + 1);
  });

  it('stays exact over weeks', () => {
    const pace = createPace(START, 2048);
    const threeWeeks = 21 * 86_400;
    expect(pace.nanosecondsAfter(256 * threeWeeks)).toBe(
      BigInt(START) * 1_000_000n + BigInt(threeWeeks) * 1_000_000_000n,
    );
  });
});
