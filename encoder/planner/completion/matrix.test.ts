import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growth, logTotal, type Matrix, multiply, power } from './matrix.js';

const element = fc.double({ min: 0, max: 3, noNaN: true });
const matrices = fc
  .tuple(element, element, element, element)
  .filter(([a, , , d]) => a + d > 0.1)
  .map(
    ([a, b, c, d]): Matrix => ({
      logScale: 0.5,
      rows: [
        [a, b],
        [c, d],
      ],
    }),
  );
const row = [0.3, 0.7] as const;

describe('power', () => {
  it('is the matrix multiplied by itself', () => {
    fc.assert(
      fc.property(matrices, fc.integer({ min: 1, max: 30 }), (matrix, exponent) => {
        let product = matrix;
        for (let factor = 1; factor < exponent; factor++) product = multiply(product, matrix);
        expect(logTotal(row, power(matrix, exponent))).toBeCloseTo(logTotal(row, product), 6);
      }),
    );
  });

  it('adds up over fractions', () => {
    const matrix: Matrix = {
      logScale: 0,
      rows: [
        [0.9, 0.1],
        [0.2, 0.7],
      ],
    };
    const whole = multiply(power(matrix, 0.3), power(matrix, 2.7));
    expect(logTotal(row, whole)).toBeCloseTo(logTotal(row, power(matrix, 3)), 12);
  });

  it('takes two equal eigenvalues', () => {
    const matrix: Matrix = {
      logScale: 0,
      rows: [
        [3, 2],
        [0, 3],
      ],
    };
    expect(logTotal(row, power(matrix, 3))).toBeCloseTo(Math.log(0.3 * (27 + 54) + 0.7 * 27), 12);
    expect(growth(row, matrix).logFactor).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes a determinant of 0 that is rounded to less, with a fraction', () => {
    const matrix: Matrix = {
      logScale: 0,
      rows: [
        [0.9, 0.1],
        [0.9 + 1e-15, 0.1],
      ],
    };
    expect(logTotal(row, power(matrix, 98.7))).toBeCloseTo(0, 12);
    expect(power(matrix, 0).rows).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('takes the identity', () => {
    const identity: Matrix = {
      logScale: 0,
      rows: [
        [1, 0],
        [0, 1],
      ],
    };
    expect(power(identity, 5)).toEqual(identity);
  });
});

describe('growth', () => {
  it('is never less than the power', () => {
    fc.assert(
      fc.property(matrices, fc.integer({ min: 1, max: 60 }), (matrix, exponent) => {
        const { logFactor, logRate } = growth(row, matrix);
        expect(logFactor + exponent * logRate).toBeGreaterThan(logTotal(row, power(matrix, exponent)) - 1e-6);
      }),
    );
  });
});
