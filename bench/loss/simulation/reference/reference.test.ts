import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../channel/index.js';
import type { SymbolCode } from '../code.js';
import { ldpcStaircaseMatrix } from './ldpc-matrix.js';
import { createBlockReception, createLdpcStaircase } from './ldpc-staircase.js';
import { parkMiller } from './pmms.js';
import { createLongReedSolomon, createReedSolomon, reedSolomonK } from './reed-solomon.js';
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

describe('LDPC-Staircase, RFC 5170 section 6.2', () => {
  it.each([3, 5, 7])(
    'has N1 = %i ones in each source column, rows of nearly one weight, and the staircase',
    (n1) => {
      const [k, n] = [500, 750];
      const { equations, equationsOf } = ldpcStaircaseMatrix(k, n, n1, 1);
      for (let symbol = 0; symbol < k; symbol++) expect(equationsOf[symbol]!.length).toBe(n1);
      for (let row = 0; row < n - k; row++) {
        const symbols = equations[row]!;
        const right = Array.from(symbols.filter((symbol) => symbol >= k));
        expect(right).toEqual(row === 0 ? [k] : [k + row - 1, k + row]);
        // 500 N1 ones over 250 rows; the list of choices keeps each row at 2 N1 but for the last few.
        expect(Math.abs(symbols.length - right.length - 2 * n1)).toBeLessThanOrEqual(1);
      }
    },
  );

  it('fills rows that would have fewer than two ones at low rates', () => {
    const { equations } = ldpcStaircaseMatrix(10, 60, 3, 1);
    for (const [row, symbols] of equations.entries()) {
      expect(symbols.length).toBeGreaterThanOrEqual(2 + (row > 0 ? 2 : 1));
    }
  });

  it('is complete exactly when the rank of what is unknown says so', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 40 }),
        fc.integer({ min: 8, max: 60 }),
        fc.constantFrom(3, 5, 7),
        fc.nat(1e6),
        (k, repair, n1, seed) => {
          const n = k + repair;
          const random = createPrng(seed);
          const matrix = ldpcStaircaseMatrix(k, n, n1, 1 + random.below(1e6));
          const reception = createBlockReception(k, n, matrix);
          const known = new Set<number>();
          for (let i = 0; i < 2 * n && known.size < n; i++) {
            const symbol = random.below(n);
            expect(reception.receive(symbol)).toBe(!known.has(symbol));
            known.add(symbol);
            expect(reception.isComplete).toBe(known.size >= k && determines(known, matrix.equations, k));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Plain Gaussian elimination: do the equations determine every source symbol that is unknown? */
function determines(known: ReadonlySet<number>, equations: readonly Uint32Array[], k: number): boolean {
  let rows = equations.map((symbols) => new Set([...symbols].filter((symbol) => !known.has(symbol))));
  const unknown = [...new Set(rows.flatMap((row) => [...row]))];
  // repair symbols first: what is left after them are equations on source symbols alone
  for (const symbol of unknown.sort((a, b) => b - a)) {
    const pivot = rows.find((row) => row.has(symbol) && Math.max(...row) === symbol);
    if (pivot === undefined) {
      if (symbol < k) return false;
      continue;
    }
    rows = rows
      .filter((row) => row !== pivot)
      .map((row) => (row.has(symbol) ? symmetricDifference(row, pivot) : row));
  }
  return Array.from({ length: k }, (_, symbol) => symbol).every(
    (symbol) => known.has(symbol) || unknown.includes(symbol),
  );
}

function symmetricDifference(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a, ...b].filter((each) => a.has(each) !== b.has(each)));
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

  it('Reed-Solomon over GF(2^16) needs any K of each block of a thousand', () => {
    const code = createLongReedSolomon(2500, 0.5, true);
    expect(code.sourceSymbols).toEqual([834, 833, 833]);
    expect(
      code
        .phases(0)
        .flat()
        .map(({ count }) => count),
    ).toEqual([1251, 1250, 1250]);
    expect(symbolsNeeded(createLongReedSolomon(1000, 0.5, true), 1)).toBe(1000);
  });

  it.each([
    [5, 0.018],
    [7, 0.006],
  ] as const)('LDPC-Staircase with N1 = %i needs at most %d more than K', (n1, most) => {
    const code = createLdpcStaircase(n1, 2000, 16_384, 0.5, true);
    const needed = [1, 2, 3, 4, 5].map((seed) => symbolsNeeded(code, seed));
    const mean = needed.reduce((sum, count) => sum + count, 0) / needed.length;
    expect(Math.min(...needed)).toBeGreaterThanOrEqual(2000);
    expect(mean / 2000 - 1).toBeLessThan(most);
  });
});
