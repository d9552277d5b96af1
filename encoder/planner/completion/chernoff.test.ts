import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { behindFirst, missedTable } from './chernoff.js';
import { createEffort } from './effort.js';
import { fadingChannel, gilbertChannel, type SymbolChain, symbolChain } from './two-state.js';

type Counts = Map<number, readonly [number, number]>;

/** The probabilities of all counts in both states, one symbol later; one that arrives adds `worth`. */
function step(counts: Counts, { received, lost }: SymbolChain, worth: number): Counts {
  const next = new Map<number, [number, number]>();
  const add = (count: number, good: number, bad: number) => {
    const before = next.get(count) ?? [0, 0];
    next.set(count, [before[0] + good, before[1] + bad]);
  };
  for (const [count, [good, bad]] of counts) {
    add(count + worth, good * received[0] + bad * received[1], 0);
    add(count, good * lost[0][0] + bad * lost[1][0], good * lost[0][1] + bad * lost[1][1]);
  }
  return next;
}

const sumOf = (counts: Counts, isMeant: (count: number) => boolean) =>
  [...counts].reduce((sum, [count, [good, bad]]) => (isMeant(count) ? sum + good + bad : sum), 0);

const channels = fc
  .record({
    loss: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
    burst: fc.double({ min: 1, max: 300, noNaN: true }),
  })
  .filter(({ loss, burst }) => burst >= 1 / (1 - loss))
  .map(({ loss, burst }) => gilbertChannel(loss, burst));
const independentLosses = fc.constantFrom(0, 0.01, 0.3);

/** A table of so many symbols is worth this much less than a symbol of the object. */
const TABLE = 1000;

describe('missedTable', () => {
  it('is never less than the recurrence over all counts', () => {
    fc.assert(
      fc.property(
        channels,
        fc.record({
          independentLoss: independentLosses,
          span: fc.constantFrom(0, 7.8),
          between: fc.integer({ min: 1, max: 12 }),
          tables: fc.integer({ min: 1, max: 6 }),
          needed: fc.integer({ min: 1, max: 3 }),
          share: fc.double({ min: 0.2, max: 1, noNaN: true }),
        }),
        (channel, { independentLoss, span, between, tables, needed, share }) => {
          const chain = symbolChain(channel, span === 0 ? 1 : 0, span, independentLoss);
          const sourceSymbols = Math.max(1, Math.floor(share * between * tables));
          let counts: Counts = new Map([[0, chain.start]]);
          for (let table = 0; table < tables; table++) {
            counts = step(counts, chain, TABLE);
            for (let symbol = 0; symbol < between; symbol++) counts = step(counts, chain, 1);
          }
          const exact = sumOf(counts, (count) => count % TABLE >= sourceSymbols && count < needed * TABLE);
          const blocks = { count: 1, sourceSymbols };
          const bound = missedTable(blocks, chain, between, [{ needed, weight: 1 }], createEffort())(tables);
          expect(bound).toBeGreaterThanOrEqual(exact * (1 - 1e-6) - 1e-12);
          expect(bound).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is next to nothing where fades are longer than all that is sent', () => {
    const chain = symbolChain(fadingChannel(0.01, 500), 0.05, 0, 0.01);
    const missed = missedTable(
      { count: 1, sourceSymbols: 800 },
      chain,
      100,
      [{ needed: 1, weight: 1 }],
      createEffort(),
    );
    for (const tables of [8, 20, 100]) expect(missed(tables)).toBeLessThan(1e-10);
  });
});

function differences(ahead: SymbolChain, back: SymbolChain, rounds: number): Counts {
  let counts: Counts = new Map([[0, back.start]]);
  for (let round = 0; round < rounds; round++) counts = step(step(counts, back, 1), ahead, -1);
  return counts;
}

describe('behindFirst', () => {
  it('is never less than the recurrence over all differences', () => {
    fc.assert(
      fc.property(
        channels,
        independentLosses,
        fc.double({ min: 1, max: 4, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 15 }),
        (channel, independentLoss, distance, rounds, symbols) => {
          const ahead = symbolChain(channel, distance, 0, independentLoss);
          const back = symbolChain(channel, 1, 0, independentLoss);
          const counts = differences(ahead, back, rounds);
          const exact = sumOf(counts, (difference) => difference > symbols);
          const bound = behindFirst([{ ahead, back }], createEffort())(rounds, symbols);
          expect(bound).toBeGreaterThanOrEqual(exact * (1 - 1e-6) - 1e-12);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is near it', () => {
    const chain = symbolChain(gilbertChannel(0.2, 20), 1.5, 0, 0);
    const counts = differences(chain, chain, 400);
    const behind = behindFirst([{ ahead: chain, back: chain }], createEffort());
    for (const symbols of [6, 9, 12]) {
      const exact = sumOf(counts, (difference) => difference > symbols);
      expect(exact).toBeLessThan(0.05);
      expect(behind(400, symbols)).toBeLessThan(16 * exact);
    }
  });
});
