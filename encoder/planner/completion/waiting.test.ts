import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockFailure } from '../../session/repair.js';
import { blockCompletion, tableCompletion } from './completion.js';
import { createEffort } from './effort.js';
import { rowsCompletion } from './rows.js';
import { fadingChannel, gilbertChannel, type SymbolChain, symbolChain } from './two-state.js';
import { createWaiting } from './waiting.js';

/** The probabilities one by one. */
function oneByOne(chain: SymbolChain, needed: number): () => number {
  const waiting = createWaiting(chain, needed);
  const next = new Float64Array(1);
  return () => {
    waiting(next);
    return next[0]!;
  };
}

/** Probabilities that `needed` of 1, 2, ... symbols arrive: all numbers received, symbol by symbol, in both states. */
function byRecurrence({ received, lost, start }: SymbolChain, needed: number, most: number): number[] {
  let now = [start.map((p) => p), ...Array.from({ length: needed }, () => [0, 0])];
  return Array.from({ length: most }, () => {
    const next = now.map(() => [0, 0]);
    for (const [count, states] of now.entries()) {
      for (const [state, p] of states.entries()) {
        next[Math.min(count + 1, needed)]![0]! += p * received[state]!;
        for (const after of [0, 1]) next[count]![after]! += p * lost[state]![after]!;
      }
    }
    now = next;
    return now[needed]![0]! + now[needed]![1]!;
  });
}

const channels = fc
  .record({
    loss: fc.double({ min: 1e-4, max: 0.9, noNaN: true }),
    burst: fc.double({ min: 1, max: 1e5, noNaN: true }),
  })
  .filter(({ loss, burst }) => burst >= 1 / (1 - loss))
  .map(({ loss, burst }) => gilbertChannel(loss, burst));

describe('createWaiting', () => {
  it('is the recurrence over all states, for symbols with gaps, spans and independent loss', () => {
    fc.assert(
      fc.property(
        channels,
        fc.record({
          gap: fc.double({ min: 0, max: 20, noNaN: true }),
          span: fc.constantFrom(0, 1, 8.25),
          independentLoss: fc.constantFrom(0, 0.01, 0.3, 0.9),
          needed: fc.integer({ min: 1, max: 40 }),
        }),
        (channel, { gap, span, independentLoss, needed }) => {
          const chain = symbolChain(channel, span === 0 ? Math.max(1, gap) : gap, span, independentLoss);
          const next = oneByOne(chain, needed);
          for (const exact of byRecurrence(chain, needed, needed + 60).slice(needed - 1)) {
            expect(Math.abs(next() - exact)).toBeLessThan(1e-9);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not lose its precision when bursts are long', () => {
    const chain = symbolChain(gilbertChannel(0.05, 20_000), 1, 0, 0.02);
    const next = oneByOne(chain, 300);
    let computed = 0;
    for (let sent = 300; sent <= 900; sent++) computed = next();
    expect(Math.abs(computed - byRecurrence(chain, 300, 900).at(-1)!)).toBeLessThan(1e-11);
  });

  it('is the binomial distribution without memory, for large blocks too', () => {
    const loss = 0.2;
    const chain = symbolChain(gilbertChannel(loss, 1 / (1 - loss)), 1, 0, 0);
    const completion = tableCompletion(16_384, chain, createEffort());
    for (const sent of [20_300, 20_480, 20_700, 21_000]) {
      expect(completion(sent)).toBeCloseTo(1 - blockFailure(16_384, sent, loss), 8);
    }
  });

  it('never falls and comes to 1', () => {
    const next = oneByOne(symbolChain(fadingChannel(0.1, 300), 0.05, 0, 0.1), 5000);
    let before = 0;
    let falls = 0;
    for (let sent = 5000; sent < 200_000; sent++) {
      const now = next();
      if (now < before) falls++;
      before = now;
    }
    expect(falls).toBe(0);
    expect(before).toBeGreaterThan(1 - 1e-6);
    expect(before).toBeLessThanOrEqual(1);
  });
});

describe('rows of symbols', () => {
  it('are worked out symbol by symbol, in rows of one as by waiting', () => {
    const states = gilbertChannel(0.1, 8);
    const chain = symbolChain(states, 3, 0, 0.05);
    const rows = rowsCompletion(7, 1, chain, chain, createEffort());
    const waiting = blockCompletion(7, chain, createEffort());
    for (const symbols of [6, 7, 8, 20, 300]) expect(rows(symbols)).toBeCloseTo(waiting(symbols), 9);
  });

  it('help less than the same symbols one by one where bursts take a row', () => {
    const states = gilbertChannel(0.1, 8);
    const [near, far] = [symbolChain(states, 1, 0, 0), symbolChain(states, 50, 0, 0)];
    const inRows = rowsCompletion(0, 5, near, far, createEffort());
    // One row, by hand: the first symbol is lost with 0.1, each other one is when the burst goes on.
    expect(1 - inRows(5)).toBeCloseTo(0.1 * (1 - 1 / 8) ** 4, 9);
    expect(1 - inRows(10)).toBeGreaterThan((1 - inRows(5)) ** 2);
    expect(1 - inRows(10)).toBeLessThan(1 - inRows(5));
  });
});
