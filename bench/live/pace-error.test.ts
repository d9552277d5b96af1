import { describe, expect, it } from 'vitest';
import { paceError } from './pace-error.js';

const even = (count: number, distance: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => ({ time: i * distance, bytes }));

describe('error of a pace', () => {
  it('is nothing for packets at even distances, however long they are against the window', () => {
    for (const distance of [1, 10, 6000]) {
      const error = paceError(even(5000 / distance + 20, distance, 1500), 12_000_000 / distance, 1000);
      expect(error.whole).toBeCloseTo(0, 9);
      expect(error.worstWindow).toBeCloseTo(0, 9);
      expect(error.burst).toBeCloseTo(1500, 6);
    }
  });

  it('shows a pause in the windows around it, and what follows at once as a burst', () => {
    // 1 packet of 125 bytes a millisecond is 1 Mbit/s; 50 of them are held back and sent together.
    const late = even(5000, 1, 125).map((each, i) =>
      i >= 2000 && i < 2050 ? { ...each, time: 2050 } : each,
    );
    const error = paceError(late, 1e6, 1000);
    expect(error.whole).toBeCloseTo(0, 9);
    expect(error.worstWindow).toBeCloseTo(0.05, 2);
    expect(error.burst).toBeCloseTo(51 * 125, 6);
  });

  it('shows a wrong rate', () => {
    expect(paceError(even(3000, 1, 126), 1e6, 1000)).toMatchObject({
      whole: expect.closeTo(0.008, 6),
      worstWindow: expect.closeTo(0.008, 6),
    });
  });
});
