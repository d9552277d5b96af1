import { known } from '../question/error.js';

/** exp(logScale) times a 2 x 2 matrix, row by row. */
export interface Matrix {
  readonly logScale: number;
  readonly rows: readonly [readonly [number, number], readonly [number, number]];
}

export function multiply(left: Matrix, right: Matrix): Matrix {
  const [[a, b], [c, d]] = left.rows;
  const [[e, f], [g, h]] = right.rows;
  return {
    logScale: left.logScale + right.logScale,
    rows: [
      [a * e + b * g, a * f + b * h],
      [c * e + d * g, c * f + d * h],
    ],
  };
}

/** What eigenvalues p >= q of a matrix [[a, b], [c, d]] without negative elements amount to. */
interface Eigenvalues {
  readonly p: number;
  readonly ratio: number;
  readonly spread: number;
  /** a - q, which is p - d; and d - q, which is p - a. */
  readonly left: number;
  readonly right: number;
}

/** Without differences of nearly equal numbers, but for q itself. */
function eigenvalues([[a, b], [c, d]]: Matrix['rows']): Eigenvalues {
  const spread = Math.hypot(a - d, 2 * Math.sqrt(b * c));
  const p = (a + d + spread) / 2;
  const larger = (Math.abs(a - d) + spread) / 2;
  const smaller = larger === 0 ? 0 : (b * c) / larger;
  const [left, right] = a > d ? [larger, smaller] : [smaller, larger];
  // Beyond -1 and 1 it is rounded.
  const ratio = p === 0 ? 0 : Math.min(1, Math.max(-1, (a * d - b * c) / p / p));
  return { p, ratio, spread, left, right };
}

/**
 * The power of a matrix without negative elements, by its eigenvalues p > q (J. J. Sylvester's formula):
 * M^x = (p^x (M - q) + q^x (p - M)) / (p - q).
 *
 * @param exponent 0 or more; when the determinant is negative it is whole, or the determinant counts as 0
 */
export function power({ logScale, rows }: Matrix, exponent: number): Matrix {
  if (exponent === 0) return { logScale: 0, rows: IDENTITY };
  const [[, b], [c]] = rows;
  const { p, ratio: rounded, spread, left, right } = eigenvalues(rows);
  // A determinant of 0 may come out a little below it.
  const ratio = Number.isInteger(exponent) ? rounded : Math.max(0, rounded);
  const log = exponent * (logScale + Math.log(p));
  if (p === 0) return { logScale: log, rows: IDENTITY };
  // p and q are the same: p^x (1 + x (M - p) / p)
  if (spread === 0)
    return {
      logScale: log,
      rows: [
        [1, (exponent * b) / p],
        [(exponent * c) / p, 1],
      ],
    };
  // 1 - (q / p)^x, without the difference of nearly equal numbers.
  const fallen = ratio > 0.5 ? -Math.expm1(exponent * Math.log1p(-spread / p)) : 1 - ratio ** exponent;
  const other = 1 - fallen;
  const change = fallen / spread;
  return {
    logScale: log,
    rows: [
      [(left + other * right) / spread, b * change],
      [c * change, (right + other * left) / spread],
    ],
  };
}

const IDENTITY = [
  [1, 0],
  [0, 1],
] as const;

/** Logarithm of the sum over all paths: a row, the matrix, a column of ones. */
export function logTotal(row: readonly [number, number], { logScale, rows }: Matrix): number {
  const [[a, b], [c, d]] = rows;
  const total = row[0] * (a + b) + row[1] * (c + d);
  return known(logScale + Math.log(Math.max(0, total)), 'the sum of a matrix');
}

/**
 * Logarithms of numbers with which the sum over all paths of the n-th power is factor * rate^n at most, for every n: the
 * sum is s p^n + (1 - s) q^n, with s the share of the larger eigenvalue.
 *
 * @param row its sum is 1
 * @returns an infinite factor when there is none: two equal eigenvalues of a matrix that is no multiple of the identity
 */
export function growth(
  row: readonly [number, number],
  { logScale, rows }: Matrix,
): { logFactor: number; logRate: number } {
  const [[, b], [c]] = rows;
  const { p, spread, left, right } = eigenvalues(rows);
  if (spread === 0 && b + c > 0) return { logFactor: Number.POSITIVE_INFINITY, logRate: 0 };
  const share = spread === 0 ? 1 : (row[0] * (left + b) + row[1] * (c + right)) / spread;
  const logRate = known(logScale + Math.log(p), 'the growth of a matrix');
  return { logFactor: known(Math.log(share + Math.abs(1 - share)), 'the growth of a matrix'), logRate };
}
