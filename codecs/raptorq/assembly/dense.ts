/**
 * RFC 6330 section 5.4.2.3, second phase, binary part: the columns right of V (the inactive ones: first those that
 * left V, then the PI columns) as packed bits, in the pivot rows and in the rows that are left over, and the
 * elimination of the left-over rows. Each left-over row carries a second row of bits that tells which left-over
 * rows it is the sum of, so that the operations on symbols can be written down afterwards.
 */

import { allocate } from './arena';
import {
  INACTIVE,
  inactivatedColumn,
  inactivatedCount,
  isPivotRow,
  pivotColumn,
  pivotCount,
  pivotRow,
  stateOf,
} from './inactivation';
import { P, W } from './parameters';
import { piBegin, piEnd, rowBegin, rowCount, rowEnd, SPARE_ROWS } from './rows';
import { flipBit, testBit, xorInto } from './vector';

const NONE: u32 = 0xffffffff;

/** Number of inactive columns. */
export let inactiveCount: u32 = 0;
/** Bytes of one row of inactive columns, a multiple of 16. */
export let inactiveBytes: u32 = 0;
/** Number of left-over rows, and how many of them are independent. */
export let leftOverCount: u32 = 0;
export let rank: u32 = 0;

let pivotBits: usize = 0; // a row of inactive columns for each pivot
let matrix: usize = 0; // left-over rows: inactive columns, then the sum they are
let matrixBytes: u32 = 0;
let leftOverRows: usize = 0; // u32: the constraint row of each left-over row
let solvedBy: usize = 0; // u32 for each inactive column: the left-over row that solves it, or NONE
let solvedMask: usize = 0; // bits: the inactive columns that are solved

/** The intermediate symbol that inactive column `n` stands for. */
export function inactiveColumn(n: u32): u32 {
  return n < inactivatedCount ? inactivatedColumn(n) : W + n - inactivatedCount;
}

export function piInactive(pi: u32): u32 {
  return inactivatedCount + pi;
}

export function pivotBitsOf(pivot: u32): usize {
  return pivotBits + pivot * inactiveBytes;
}

/** The left-over row that solves inactive column `n`, or -1 when the column is free. */
export function solver(n: u32): i32 {
  return <i32>load<u32>(solvedBy + (n << 2));
}

export function leftOverRow(k: u32): u32 {
  return load<u32>(leftOverRows + (k << 2));
}

/** Inactive columns of left-over row `k`: after the elimination one solved column and free ones. */
export function leftOverBits(k: u32): usize {
  return matrix + k * matrixBytes;
}

/** Which left-over rows left-over row `k` is the sum of. */
export function leftOverSum(k: u32): usize {
  return matrix + k * matrixBytes + inactiveBytes;
}

/** Adds to `bits` what a constraint row has right of V once its columns in V, but `except`, are eliminated. */
function addRowBits(bits: usize, row: u32, except: u32): void {
  for (let p = rowBegin(row), e = rowEnd(row); p < e; p += 2) {
    const column: u32 = load<u16>(p);
    if (column == except) continue;
    const state = stateOf(column);
    if (state & INACTIVE) flipBit(bits, state & ~INACTIVE);
    else xorInto(bits, pivotBitsOf(state), inactiveBytes);
  }
  for (let p = piBegin(row), e = piEnd(row); p < e; p += 2) flipBit(bits, piInactive(<u32>load<u16>(p)));
}

/** Eliminates one left-over row against the others and, where it is independent, the others against it. */
function eliminate(k: u32): void {
  const row = leftOverBits(k);
  // solved columns occur in no other solving row, so one look at the bits finds all rows to add
  for (let i: u32 = 0; i < inactiveBytes; i += 8) {
    let hits = load<u64>(row + i) & load<u64>(solvedMask + i);
    while (hits != 0) {
      const n = (i << 3) + <u32>ctz(hits);
      hits &= hits - 1;
      xorInto(row, leftOverBits(<u32>solver(n)), matrixBytes);
    }
  }
  let first: u32 = NONE;
  for (let i: u32 = 0; i < inactiveBytes; i += 8) {
    const word = load<u64>(row + i);
    if (word == 0) continue;
    first = (i << 3) + <u32>ctz(word);
    break;
  }
  if (first == NONE) return;
  for (let n: u32 = 0; n < inactiveCount; n++) {
    const other = solver(n);
    if (other < 0) continue;
    const otherRow = leftOverBits(<u32>other);
    if (testBit(otherRow, first)) xorInto(otherRow, row, matrixBytes);
  }
  store<u32>(solvedBy + (first << 2), k);
  flipBit(solvedMask, first);
  rank++;
}

/** Takes a constraint row into the left-over rows and eliminates it. */
export function addLeftOver(row: u32): void {
  const k = leftOverCount++;
  store<u32>(leftOverRows + (k << 2), row);
  memory.fill(leftOverBits(k), 0, matrixBytes);
  addRowBits(leftOverBits(k), row, NONE);
  flipBit(leftOverSum(k), k);
  if (rank < inactiveCount) eliminate(k);
}

/** Builds and eliminates the left-over rows; requires the first phase. */
export function solveBinary(): void {
  inactiveCount = inactivatedCount + P;
  inactiveBytes = ((inactiveCount + 127) >>> 7) << 4;
  pivotBits = allocate(pivotCount * inactiveBytes);
  memory.fill(pivotBits, 0, pivotCount * inactiveBytes);
  for (let i: u32 = 0; i < pivotCount; i++) addRowBits(pivotBitsOf(i), pivotRow(i), pivotColumn(i));

  const capacity = rowCount - pivotCount + SPARE_ROWS;
  matrixBytes = inactiveBytes + (((capacity + 127) >>> 7) << 4);
  matrix = allocate(capacity * matrixBytes);
  leftOverRows = allocate(capacity << 2);
  solvedBy = allocate(inactiveCount << 2);
  memory.fill(solvedBy, 0xff, inactiveCount << 2);
  solvedMask = allocate(inactiveBytes);
  memory.fill(solvedMask, 0, inactiveBytes);
  leftOverCount = 0;
  rank = 0;
  for (let row: u32 = 0; row < rowCount; row++) if (!isPivotRow(row)) addLeftOver(row);
}
