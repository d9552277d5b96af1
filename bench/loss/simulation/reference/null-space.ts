/**
 * What the equations of a sparse binary code leave open about symbols that were not received: the rank of maximum likelihood
 * decoding (iteration, then Gaussian elimination), at symbol level.
 */

import type { ParityCheckMatrix } from './ldpc-matrix.js';

const WORD = 32;

/** The assignments of the unknown symbols that all equations allow, as the span of so many vectors. */
export interface NullSpace {
  /** Vectors that are left. 0: every symbol is known. */
  readonly dimension: number;
  /** True while a source symbol is not determined. */
  readonly isOpen: boolean;
  /** The symbol was received: what it rules out is dropped. */
  receive(symbol: number): void;
}

/**
 * Solves the equations for the symbols that are unknown: by iteration while an equation has one unknown symbol, and by declaring
 * symbols inactive where it stops, as RFC 6330 section 5.4.2.2 does; the inactive symbols are then solved by Gaussian elimination.
 *
 * @param known known[symbol] is 1 for each symbol received
 */
export function nullSpace(
  k: number,
  { equations, equationsOf }: ParityCheckMatrix,
  known: Uint8Array,
): NullSpace {
  const { expressions, inactive, leftOver } = triangulate(equations, equationsOf, known);
  const basis = solveInactive(leftOver, inactive);
  const words = Math.ceil(basis.dimension / WORD);
  /** Of each symbol: which vectors have a one there. */
  const of = new Map<number, Uint32Array>();
  for (const [symbol, expression] of expressions) {
    const sum = new Uint32Array(words);
    forEachBit(expression, (index) => add(sum, basis.of[index]!));
    if (sum.some((word) => word !== 0)) of.set(symbol, sum);
  }
  let dimension = basis.dimension;
  let open = [...of.keys()].filter((symbol) => symbol < k).length;
  return {
    get dimension() {
      return dimension;
    },
    get isOpen() {
      return open > 0;
    },
    receive(symbol) {
      const vectors = of.get(symbol);
      if (vectors === undefined) return;
      // a combination that has a zero there: the vector with the lowest one is added to all others that have one, and goes
      const word = vectors.findIndex((bits) => bits !== 0);
      const bit = vectors[word]! & -vectors[word]!;
      const pivot = vectors.slice();
      dimension--;
      for (const [other, bits] of of) {
        if ((bits[word]! & bit) === 0) continue;
        add(bits, pivot);
        if (bits.some((each) => each !== 0)) continue;
        of.delete(other);
        if (other < k) open--;
      }
    },
  };
}

/** Each unknown symbol as a sum of inactive ones, and the equations on these alone. */
interface Triangulation {
  readonly expressions: ReadonlyMap<number, Uint32Array>;
  readonly inactive: number;
  readonly leftOver: readonly Uint32Array[];
}

function triangulate(
  equations: readonly Uint32Array[],
  equationsOf: readonly Uint32Array[],
  known: Uint8Array,
): Triangulation {
  const isActive = Uint8Array.from(known, (bit) => 1 - bit);
  const active = Uint32Array.from(equations, (symbols) => symbols.reduce((sum, s) => sum + isActive[s]!, 0));
  const sums: Uint32Array[] = equations.map(() => new Uint32Array(1));
  const isUsed = new Uint8Array(equations.length);
  const expressions = new Map<number, Uint32Array>();
  const byWeight = createWeights(active);
  let inactive = 0;
  const remove = (symbol: number, change: (equation: number) => void) => {
    isActive[symbol] = 0;
    for (const equation of equationsOf[symbol]!) {
      if (isUsed[equation] === 1) continue;
      change(equation);
      byWeight.put(equation, --active[equation]!);
    }
  };
  for (
    let equation = byWeight.take(active, isUsed);
    equation !== undefined;
    equation = byWeight.take(active, isUsed)
  ) {
    const symbols = equations[equation]!.filter((symbol) => isActive[symbol] === 1);
    // the symbol in the fewest equations is solved for, the others become inactive
    symbols.sort((a, b) => equationsOf[a]!.length - equationsOf[b]!.length || a - b);
    const [solved, ...others] = symbols as unknown as [number, ...number[]];
    for (const symbol of others) {
      const index = inactive++;
      expressions.set(symbol, unit(index));
      remove(symbol, (each) => {
        sums[each] = withBit(sums[each]!, index);
      });
    }
    isUsed[equation] = 1;
    const sum = sums[equation]!;
    expressions.set(solved, sum);
    remove(solved, (each) => {
      sums[each] = added(sums[each]!, sum);
    });
  }
  const leftOver = sums.filter((_, equation) => isUsed[equation] === 0);
  // what stands in no equation that is left is open
  for (const [symbol, bit] of isActive.entries()) if (bit === 1) expressions.set(symbol, unit(inactive++));
  return { expressions, inactive, leftOver };
}

/** Equations by the number of their active symbols; an entry that is out of date is passed over. */
function createWeights(active: Uint32Array) {
  const lists: number[][] = [];
  let least = 1;
  const put = (equation: number, weight: number) => {
    if (weight === 0) return;
    lists[weight] ??= [];
    lists[weight].push(equation);
    least = Math.min(least, weight);
  };
  for (const [equation, weight] of active.entries()) put(equation, weight);
  return {
    put,
    /** An unused equation with the fewest active symbols. */
    take(now: Uint32Array, isUsed: Uint8Array): number | undefined {
      for (; least < lists.length; least++) {
        for (let found = lists[least]?.pop(); found !== undefined; found = lists[least]!.pop()) {
          if (isUsed[found] === 0 && now[found] === least) return found;
        }
      }
      return undefined;
    },
  };
}

/** Gaussian elimination of the equations on inactive symbols: for each symbol, which vectors of a basis have a one there. */
function solveInactive(
  rows: readonly Uint32Array[],
  count: number,
): { readonly dimension: number; readonly of: readonly Uint32Array[] } {
  const width = Math.ceil(count / WORD);
  const left = rows.map((row) => {
    const whole = new Uint32Array(width);
    whole.set(row.subarray(0, width));
    return whole;
  });
  const pivotRow = new Int32Array(count).fill(-1);
  let rank = 0;
  for (let column = 0; column < count && rank < left.length; column++) {
    const word = column >>> 5;
    const bit = 1 << (column & 31);
    const found = left.findIndex((row, i) => i >= rank && (row[word]! & bit) !== 0);
    if (found === -1) continue;
    [left[rank], left[found]] = [left[found]!, left[rank]!];
    const pivot = left[rank]!;
    for (const [i, row] of left.entries()) if (i !== rank && (row[word]! & bit) !== 0) add(row, pivot);
    pivotRow[column] = rank++;
  }
  const free = Array.from(pivotRow.keys()).filter((column) => pivotRow[column] === -1);
  const words = Math.ceil(free.length / WORD);
  const of = Array.from(pivotRow, (row, column) => {
    const vectors = new Uint32Array(words);
    const has = (other: number) =>
      row === -1 ? other === column : (left[row]![other >>> 5]! & (1 << (other & 31))) !== 0;
    for (const [index, other] of free.entries()) if (has(other)) vectors[index >>> 5]! |= 1 << (index & 31);
    return vectors;
  });
  return { dimension: free.length, of };
}

function add(into: Uint32Array, from: Uint32Array): void {
  for (let i = 0; i < from.length; i++) into[i]! ^= from[i]!;
}

/** The sum of two rows of any lengths. */
function added(row: Uint32Array, other: Uint32Array): Uint32Array {
  const sum = row.length >= other.length ? row : grown(row, other.length);
  add(sum, other);
  return sum;
}

function withBit(row: Uint32Array, index: number): Uint32Array {
  const wide = index >>> 5 < row.length ? row : grown(row, (index >>> 5) + 1);
  wide[index >>> 5]! ^= 1 << (index & 31);
  return wide;
}

function grown(row: Uint32Array, length: number): Uint32Array {
  const wide = new Uint32Array(length);
  wide.set(row);
  return wide;
}

const unit = (index: number) => withBit(new Uint32Array(1), index);

function forEachBit(row: Uint32Array, visit: (index: number) => void): void {
  for (const [word, bits] of row.entries()) {
    for (let rest = bits; rest !== 0; rest &= rest - 1) visit(32 * word + 31 - Math.clz32(rest & -rest));
  }
}
