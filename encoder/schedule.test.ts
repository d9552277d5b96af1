import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fdtsBefore, interleave, type Lane, type ScheduledSymbol } from './schedule.js';

/** Symbols of two bytes: lane and index. */
function lanesOf(...counts: number[]): Lane[] {
  return counts.map((count, sbn) => ({
    sbn,
    firstEsi: 100,
    count,
    async read(from, length) {
      expect(from + length).toBeLessThanOrEqual(count);
      return Uint8Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? sbn : from + (i >> 1)));
    },
  }));
}

async function sequenceOf(lanes: Lane[]): Promise<ScheduledSymbol[]> {
  const all: ScheduledSymbol[] = [];
  for await (const turn of interleave(lanes, 2)) all.push(...turn);
  return all;
}

describe('interleave', () => {
  it('sends every symbol once, in the order of ESIs, with its own bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 20 }), async (counts) => {
        const next = counts.map(() => 100);
        for (const { sbn, esi, symbol } of await sequenceOf(lanesOf(...counts))) {
          expect(esi).toBe(next[sbn]!++);
          expect([...symbol]).toEqual([sbn, esi - 100]);
        }
        expect(next).toEqual(counts.map((count) => 100 + count));
      }),
      { numRuns: 50 },
    );
  });

  it('spreads lanes of different length evenly over the whole time', async () => {
    const counts = [200, 199, 150, 100, 31];
    const order = await sequenceOf(lanesOf(...counts));
    const window = order.length / 10;
    for (let start = 0; start + window <= order.length; start += window) {
      for (const [lane, count] of counts.entries()) {
        const share = order.slice(start, start + window).filter(({ sbn }) => sbn === lane).length;
        expect(Math.abs(share - count / 10)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  it('loses at most one symbol more of one block than of another to a burst', async () => {
    const order = await sequenceOf(lanesOf(250, 250, 249, 249));
    for (let start = 0; start < order.length - 40; start += 7) {
      const lost = [0, 0, 0, 0];
      for (const { sbn } of order.slice(start, start + 40)) lost[sbn]!++;
      expect(Math.max(...lost) - Math.min(...lost)).toBeLessThanOrEqual(2);
    }
  });

  it('has nothing to send without lanes', async () => {
    expect(await sequenceOf([])).toEqual([]);
  });
});

describe('fdtsBefore', () => {
  it('begins and ends with the table and spreads it evenly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 2, max: 100 }),
        (total, repetitions) => {
          expect(fdtsBefore(0, total, repetitions)).toBe(1);
          expect(fdtsBefore(total, total, repetitions)).toBe(repetitions);
          let longestGap = 0;
          let last = 0;
          for (let position = 1; position <= total; position++) {
            const due =
              fdtsBefore(position, total, repetitions) - fdtsBefore(position - 1, total, repetitions);
            expect(due).toBeGreaterThanOrEqual(0);
            if (due > 0) {
              longestGap = Math.max(longestGap, position - last);
              last = position;
            }
          }
          expect(longestGap).toBeLessThanOrEqual(Math.ceil(total / (repetitions - 1)) + 1);
        },
      ),
    );
  });
});
