import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interleave } from './interleave.js';

describe('interleave', () => {
  it('sends every symbol once, in its order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 20 }), (counts) => {
        const next = counts.map(() => 0);
        for (const { lane, index } of interleave(counts)) expect(index).toBe(next[lane]!++);
        expect(next).toEqual(counts);
      }),
      { numRuns: 50 },
    );
  });

  it('spreads lanes of different length evenly over the whole time', () => {
    const counts = [200, 199, 150, 100, 31];
    const order = [...interleave(counts)];
    const window = order.length / 10;
    for (let start = 0; start + window <= order.length; start += window) {
      for (const [lane, count] of counts.entries()) {
        const share = order.slice(start, start + window).filter((symbol) => symbol.lane === lane).length;
        expect(Math.abs(share - count / 10)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  it('loses at most one symbol more of one block than of another to a burst', () => {
    const order = [...interleave([250, 250, 249, 249])];
    for (let start = 0; start < order.length - 40; start += 7) {
      const lost = [0, 0, 0, 0];
      for (const { lane } of order.slice(start, start + 40)) lost[lane]!++;
      expect(Math.max(...lost) - Math.min(...lost)).toBeLessThanOrEqual(2);
    }
  });

  it('has nothing to send without lanes', () => {
    expect([...interleave([])]).toEqual([]);
  });
});
