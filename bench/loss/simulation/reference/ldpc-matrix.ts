import { parkMiller } from './pmms.js';

/** The parity check matrix of LDPC-Staircase, seen from both sides. */
export interface ParityCheckMatrix {
  /** Source and repair symbols of each equation; its repair symbols are the last entries. */
  readonly equations: readonly Uint32Array[];
  /** Equations of each symbol. */
  readonly equationsOf: readonly Uint32Array[];
}

/**
 * Creates the matrix of RFC 5170 section 6.2: on the left side N1 ones a column, spread over the rows as evenly as
 * chance allows; on the right side the staircase.
 *
 * @param k source symbols, N1 or more
 * @param n encoding symbols, N1 or more of them repair symbols
 * @param n1 N1 of RFC 5170 section 3.2: source symbols take part in so many equations; 3 to 10
 * @param seed of the generator, 1..2^31-2
 */
export function ldpcStaircaseMatrix(k: number, n: number, n1: number, seed: number): ParityCheckMatrix {
  const rows = leftSide(k, n - k, n1, seed);
  const columns: number[][] = Array.from({ length: n }, () => []);
  const equations = rows.map((left, row) => {
    // RFC 5170 section 6.2, right side: the diagonal and the one below it.
    const symbols = [...left, ...(row > 0 ? [k + row - 1] : []), k + row];
    for (const symbol of symbols) columns[symbol]!.push(row);
    return Uint32Array.from(symbols);
  });
  return { equations, equationsOf: columns.map((column) => Uint32Array.from(column)) };
}

/** `left_matrix_init` of RFC 5170 section 6.2: source symbols of each of the `rows` equations. */
function leftSide(k: number, rows: number, n1: number, seed: number): number[][] {
  const random = parkMiller(seed);
  const matrix = Array.from({ length: rows }, () => new Set<number>());
  const ones = n1 * k;
  // A list of all choices makes rows equally heavy; what was chosen moves before `taken`.
  const choices = Uint32Array.from({ length: ones }, (_, i) => i % rows);
  let taken = 0;
  const hasChoice = (column: number) => {
    for (let i = taken; i < ones; i++) if (!matrix[choices[i]!]!.has(column)) return true;
    return false;
  };
  for (let column = 0; column < k; column++) {
    for (let one = 0; one < n1; one++) {
      if (hasChoice(column)) {
        let i: number;
        do i = taken + random.below(ones - taken);
        while (matrix[choices[i]!]!.has(column));
        matrix[choices[i]!]!.add(column);
        choices[i] = choices[taken]!;
        taken++;
      } else {
        let row: number;
        do row = random.below(rows);
        while (matrix[row]!.has(column));
        matrix[row]!.add(column);
      }
    }
  }
  // Rows with fewer than two ones occur at code rates below 2 / (2 + N1).
  for (const row of matrix) {
    if (row.size === 0) row.add(random.below(k));
    if (row.size === 1) {
      let column: number;
      do column = random.below(k);
      while (row.has(column));
      row.add(column);
    }
  }
  return matrix.map((row) => [...row]);
}
