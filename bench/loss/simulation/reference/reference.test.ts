import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../channel/index.js';
import type { SymbolCode } from '../code.js';
import { ldpcStaircaseMatrix } from './ldpc-matrix.js';
import { createLdpcStaircase, createPeeling } from './ldpc-staircase.js';
import { parkMiller } from './pmms.js';
import { createReedSolomon, reedSolomonK } from './reed-solomon.js';
import { createRepetition, evenBlocks } from './repetition.js';

describe('generator of RFC 5170 section 5.7', () => {
  it('draws 1043618065 as its 10,000th number from the seed 1', () => {
    const random = parkMiller(1);
    for (let i = 0; i < 10_000; i++) random.below(2);
    expect(random.state).toBe(1_043_618_065);
  });

  it('draws the known first numbers, and scales them', () => {
    const random = parkMiller(1);
    const first = [16_807, 282_475_249, 1_622_650_073, 984_943_658, 1_144_108_930];
    for (const expected of first) {
      expect(random.below(1000)).toBe(Math.floor((1000 * expected) / (2 ** 31 - 1)));
      expect(random.state).toBe(expected);
    }
  });

  it('takes seeds from 1 to 2^31 - 2', () => {
    for (const seed of [0, 2 ** 31 - 1, 1.5]) expect(() => parkMiller(seed)).toThrow(/whole number/);
  });
});

/** All subsets of rows XORed: is the system of the missing symbols solvable by peeling and does it respect the code? */
function encode(
  k: number,
  n: number,
  source: readonly number[],
  equations: readonly Uint32Array[],
): number[] {
  // Encoding of RFC 5170 section 6.3: each repair symbol is the sum of its equation's others.
  const symbols = [...source];
  for (let row = 0; row < n - k; row++) {
    symbols[k + row] = equations[row]!.slice(0, -1).reduce((sum, symbol) => sum ^ symbols[symbol]!, 0);
  }
  return symbols;
}

describe('LDPC-Staircase, RFC 5170 section 6.2', () => {
  it('has three ones in each source column, rows of nearly one weight, and the staircase', () => {
    const [k, n] = [500, 750];
    const { equations, equationsOf } = ldpcStaircaseMatrix(k, n, 1);
    for (let symbol = 0; symbol < k; symbol++) expect(equationsOf[symbol]!.length).toBe(3);
    for (let row = 0; row < n - k; row++) {
      const symbols = equations[row]!;
      const right = Array.from(symbols.filter((symbol) => symbol >= k));
      expect(right).toEqual(row === 0 ? [k] : [k + row - 1, k + row]);
      // 1,500 ones over 250 rows; the list of choices keeps each row at six but for the last few.
      expect(Math.abs(symbols.length - right.length - 6)).toBeLessThanOrEqual(1);
    }
  });

  it('fills rows that would have fewer than two ones at low rates', () => {
    const { equations } = ldpcStaircaseMatrix(10, 60, 1);
    for (const [row, symbols] of equations.entries()) {
      expect(symbols.length).toBeGreaterThanOrEqual(2 + (row > 0 ? 2 : 1));
    }
  });

  it('peels exactly what its equations say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 3, max: 60 }),
        fc.nat(1e6),
        (k, repair, seed) => {
          const n = k + repair;
          const random = createPrng(seed);
          const matrix = ldpcStaircaseMatrix(k, n, 1 + random.below(1e6));
          const source = Array.from({ length: k }, () => random.below(256));
          const symbols = encode(k, n, source, matrix.equations);
          for (const equation of matrix.equations) {
            expect(equation.reduce((sum, symbol) => sum ^ symbols[symbol]!, 0)).toBe(0);
          }
          const decoder = createPeeling(k, n, matrix);
          const known = new Set<number>();
          for (let i = 0; i < n; i++) {
            const symbol = random.below(n);
            decoder.receive(symbol);
            known.add(symbol);
            naivePeel(known, matrix.equations);
            expect(decoder.missing).toBe(source.filter((_, esi) => !known.has(esi)).length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** The same by going through all equations again and again. */
function naivePeel(known: Set<number>, equations: readonly Uint32Array[]): void {
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    for (const equation of equations) {
      const unknown = [...new Set(equation)].filter((symbol) => !known.has(symbol));
      if (unknown.length === 1) known.add(unknown[0]!);
    }
  }
}

/** Receives symbols of a pass in a random order until the object is complete; how many it took. */
function symbolsNeeded(code: SymbolCode, seed: number): number {
  const random = createPrng(seed);
  const symbols = code
    .phases(0)
    .flat()
    .flatMap(({ block, count, esi }) => Array.from({ length: count }, (_, i) => [block, esi(i)] as const));
  const reception = code.createReception();
  for (let received = 0; symbols.length > 0; ) {
    const [[block, esi]] = symbols.splice(random.below(symbols.length), 1) as [readonly [number, number]];
    reception.receive(block, esi);
    received++;
    if (reception.complete) return received;
  }
  return Number.NaN;
}

describe('reference codes', () => {
  it('cuts blocks evenly', () => {
    expect(evenBlocks(10, 4)).toEqual([4, 3, 3]);
    expect(evenBlocks(8, 4)).toEqual([4, 4]);
    expect(evenBlocks(1, 223)).toEqual([1]);
  });

  it('repetition needs every symbol', () => {
    expect(symbolsNeeded(createRepetition(50), 1)).toBe(50);
  });

  it('Reed-Solomon needs any k of each block', () => {
    expect([223, 204, 170, 127].map((k) => reedSolomonK((255 - k) / k))).toEqual([223, 204, 170, 127]);
    const one = createReedSolomon(223, 32 / 223, true);
    expect(one.phases(0).flat()[0]!.count).toBe(255);
    expect(symbolsNeeded(one, 1)).toBe(223);
    const code = createReedSolomon(446, 32 / 223, true);
    const reception = code.createReception();
    for (let esi = 32; esi < 255; esi++) expect(reception.receive(0, esi)).toBe('used');
    expect(reception.receive(0, 0)).toBe('surplus');
    expect(reception.receive(0, 40)).toBe('duplicate');
    expect(reception.complete).toBe(false);
    for (let esi = 0; esi < 223; esi++) reception.receive(1, esi);
    expect(reception.complete).toBe(true);
  });

  it('LDPC-Staircase needs some more than K', () => {
    const needed = [1, 2, 3, 4, 5].map((seed) =>
      symbolsNeeded(createLdpcStaircase(1000, 16_384, 0.5, true), seed),
    );
    for (const count of needed) {
      expect(count).toBeGreaterThan(1000);
      expect(count).toBeLessThan(1300);
    }
  });
});
