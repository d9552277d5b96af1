/**
 * RFC 6330 section 5.4.2.2, first phase: chooses a pivot row for each column of V or declares the column inactive.
 * No row is changed: a pivot row has one column in V when it is chosen, so subtracting it from other rows only
 * removes that column from them. V shrinks and never fills in; what happens right of V is worked out in dense.ts.
 */

import { allocate } from './arena';
import { beginComponents, join, largest, offer, offerAll } from './components';
import { W } from './parameters';
import { entryCount, rowBegin, rowCount, rowEnd } from './rows';

/** State of a column that is still in V. */
const IN_V: u32 = 0xffffffff;
/** Flag in the state of an inactive column; the lower bits number the inactive columns. */
export const INACTIVE: u32 = 0x80000000;

/** Number of pivots. */
export let pivotCount: u32 = 0;
/** Number of columns below W declared inactive. */
export let inactivatedCount: u32 = 0;

let pivotRows: usize = 0; // u32[W], in the order of choice
let pivotColumns: usize = 0; // u16[W]
let inactivated: usize = 0; // u16[W]
let columnState: usize = 0; // u32[W]: IN_V, number of the pivot, or INACTIVE | number
let columnStart: usize = 0; // u32[W + 1]: address of the u32 row numbers of a column
let rowState: usize = 0; // u32 for each row: ones in V in the upper 16 bits, XOR of their columns in the lower
let rowIsPivot: usize = 0; // u8 for each row
let stack: usize = 0; // u32: rows with a single one in V
let stackLength: u32 = 0;

export function pivotRow(pivot: u32): u32 {
  return load<u32>(pivotRows + (pivot << 2));
}

export function pivotColumn(pivot: u32): u32 {
  return load<u16>(pivotColumns + (pivot << 1));
}

export function inactivatedColumn(n: u32): u32 {
  return load<u16>(inactivated + (n << 1));
}

export function stateOf(column: u32): u32 {
  return load<u32>(columnState + (column << 2));
}

export function isPivotRow(row: u32): bool {
  return load<u8>(rowIsPivot + row) != 0;
}

/** The rows of each column, by counting sort over the sparse rows. */
function transpose(): void {
  columnStart = allocate((W + 2) << 2);
  const rows = allocate(entryCount << 2);
  memory.fill(columnStart, 0, (W + 2) << 2);
  const end = rowEnd(rowCount - 1);
  // entry c + 2 counts column c, becomes its first free place, and ends as the start of column c + 1
  for (let p = rowBegin(0); p < end; p += 2) {
    const at = columnStart + ((<u32>load<u16>(p) + 2) << 2);
    store<u32>(at, load<u32>(at) + 4);
  }
  let place: u32 = <u32>rows;
  store<u32>(columnStart, place);
  store<u32>(columnStart + 4, place);
  for (let c: u32 = 2; c <= W; c++) {
    place += load<u32>(columnStart + (c << 2));
    store<u32>(columnStart + (c << 2), place);
  }
  for (let row: u32 = 0; row < rowCount; row++) {
    for (let p = rowBegin(row), e = rowEnd(row); p < e; p += 2) {
      const at = columnStart + ((<u32>load<u16>(p) + 1) << 2);
      const free = load<u32>(at);
      store<u32>(free, row);
      store<u32>(at, free + 4);
    }
  }
}

function countRows(): void {
  rowState = allocate(rowCount << 2);
  rowIsPivot = allocate(rowCount);
  memory.fill(rowIsPivot, 0, rowCount);
  stack = allocate((rowCount + 1) << 2);
  stackLength = 0;
  for (let row: u32 = 0; row < rowCount; row++) {
    const begin = rowBegin(row);
    const end = rowEnd(row);
    let xor: u32 = 0;
    for (let p = begin; p < end; p += 2) xor ^= <u32>load<u16>(p);
    const ones = (end - begin) >>> 1;
    store<u32>(rowState + (row << 2), (ones << 16) | xor);
    if (ones == 1) push(row);
    else if (ones == 2) join(<u32>load<u16>(begin), xor ^ <u32>load<u16>(begin));
  }
  offerAll();
}

function push(row: u32): void {
  store<u32>(stack + (stackLength++ << 2), row);
}

/** A row has come down to two ones in V: an edge of the graph. */
function addEdge(row: u32, xor: u32): void {
  let p = rowBegin(row);
  while (stateOf(<u32>load<u16>(p)) != IN_V) p += 2;
  const column: u32 = load<u16>(p);
  const root = join(column, xor ^ column);
  if (root >= 0) offer(<u32>root);
}

/** Takes `column`, whose state is set already, out of V. */
function removeColumn(column: u32): void {
  let p = load<u32>(columnStart + (column << 2));
  const end = load<u32>(columnStart + (column << 2) + 4);
  for (; p < end; p += 4) {
    const row = load<u32>(p);
    const at = rowState + (row << 2);
    let state = load<u32>(at);
    if (state < 0x10000) continue; // the pivot row itself
    state = (state - 0x10000) ^ column;
    store<u32>(at, state);
    const ones = state >>> 16;
    if (ones == 1) push(row);
    else if (ones == 2) addEdge(row, state & 0xffff);
  }
}

function inactivate(column: u32): void {
  store<u32>(columnState + (column << 2), INACTIVE | inactivatedCount);
  store<u16>(inactivated + (inactivatedCount++ << 1), <u16>column);
  removeColumn(column);
}

/** Chooses pivots as long as a row has a single one in V. */
function peel(): void {
  while (stackLength > 0) {
    const row = load<u32>(stack + (--stackLength << 2));
    const state = load<u32>(rowState + (row << 2));
    if (state >>> 16 != 1) continue; // its last column found another pivot row
    const column = state & 0xffff;
    store<u32>(columnState + (column << 2), pivotCount);
    store<u32>(pivotRows + (pivotCount << 2), row);
    store<u16>(pivotColumns + (pivotCount++ << 1), <u16>column);
    store<u8>(rowIsPivot + row, 1);
    store<u32>(rowState + (row << 2), 0);
    removeColumn(column);
  }
}

function columnWeight(column: u32): u32 {
  return load<u32>(columnStart + (column << 2) + 4) - load<u32>(columnStart + (column << 2));
}

/** No row has one or two ones in V: the heaviest column of a row with the fewest, or any column of V. */
function columnOfLightestRow(): u32 {
  let lightest: u32 = 0;
  let fewest: u32 = 0xffffffff;
  for (let row: u32 = 0; row < rowCount; row++) {
    const ones = load<u32>(rowState + (row << 2)) >>> 16;
    if (ones > 0 && ones < fewest) {
      fewest = ones;
      lightest = row;
      if (ones == 3) break;
    }
  }
  let best: u32 = 0;
  if (fewest == 0xffffffff) {
    while (stateOf(best) != IN_V) best++;
    return best;
  }
  let weight: u32 = 0;
  for (let p = rowBegin(lightest), e = rowEnd(lightest); p < e; p += 2) {
    const column: u32 = load<u16>(p);
    if (stateOf(column) == IN_V && columnWeight(column) > weight) {
      weight = columnWeight(column);
      best = column;
    }
  }
  return best;
}

/** Runs the first phase to its end: every column below W is a pivot or inactive. */
export function inactivateAndPeel(): void {
  pivotCount = 0;
  inactivatedCount = 0;
  pivotRows = allocate(W << 2);
  pivotColumns = allocate(W << 1);
  inactivated = allocate(W << 1);
  columnState = allocate(W << 2);
  memory.fill(columnState, 0xff, W << 2);
  transpose();
  beginComponents();
  countRows();
  for (;;) {
    peel();
    if (pivotCount + inactivatedCount == W) return;
    let root = largest();
    while (root >= 0 && stateOf(<u32>root) != IN_V) root = largest();
    inactivate(root >= 0 ? <u32>root : columnOfLightestRow());
  }
}
