/**
 * RFC 6330 section 5.3.3.3: the binary rows of the constraint matrix as sparse lists. Rows 0..S-1 are the LDPC
 * rows, one row for each encoding symbol follows. The HDPC rows are dense and live in hdpc.ts.
 */

import { allocate, arenaTop, commit, ensure } from './arena';
import { B, P, S, W } from './parameters';
import { MAX_LT_COLUMNS, MAX_PI_COLUMNS, writeRow } from './tuple';

/** Rows that may be added after a failed solution before the plan must be made anew. */
export const SPARE_ROWS: u32 = 32;
/** The value symbol of a row is all zeroes: LDPC rows and padding symbols. */
export const NO_INPUT: u32 = 0xffffffff;
const PI_RECORD: u32 = 8;

export let rowCount: u32 = 0;
export let rowCapacity: u32 = 0;
/** Non-zero LT columns over all rows. */
export let entryCount: u32 = 0;
/** u32[rowCapacity + 1]: the address where the u16 LT columns of a row begin. */
let rowStart: usize = 0;
/** u16[4] for each row: number of PI columns, then the columns counted from W. */
let rowPi: usize = 0;
/** u32 for each row: index of the symbol that is its value, or NO_INPUT. */
let rowInput: usize = 0;

export function rowBegin(row: u32): usize {
  return load<u32>(rowStart + (row << 2));
}

export function rowEnd(row: u32): usize {
  return load<u32>(rowStart + (row << 2) + 4);
}

export function piBegin(row: u32): usize {
  return rowPi + row * PI_RECORD + 2;
}

export function piEnd(row: u32): usize {
  const at = rowPi + row * PI_RECORD;
  return at + 2 + ((<u32>load<u16>(at)) << 1);
}

export function inputOf(row: u32): u32 {
  return load<u32>(rowInput + (row << 2));
}

function appendLtRow(isi: u32, input: u32): void {
  const at = load<u32>(rowStart + (rowCount << 2));
  ensure(at + (MAX_LT_COLUMNS << 1));
  const d = writeRow(isi, at, rowPi + rowCount * PI_RECORD);
  store<u32>(rowInput + (rowCount << 2), input);
  rowCount++;
  store<u32>(rowStart + (rowCount << 2), at + (d << 1));
  entryCount += d;
}

/** The first S rows: G_LDPC,1, the identity of the LDPC symbols, and G_LDPC,2. */
function writeLdpcRows(): void {
  const length = allocate(S << 2);
  for (let row: u32 = 0; row < S; row++) store<u32>(length + (row << 2), 1);
  for (let i: u32 = 0, a: u32 = 0, b: u32 = 0; i < B; i++, b++) {
    if (i % S == 0) {
      a++;
      b = 0;
    }
    for (let n: u32 = 0, row = b; n < 3; n++, row = (row + a) % S) {
      const at = length + (row << 2);
      store<u32>(at, load<u32>(at) + 1);
    }
  }
  let at = arenaTop();
  for (let row: u32 = 0; row < S; row++) {
    store<u32>(rowStart + (row << 2), at);
    at += load<u32>(length + (row << 2)) << 1;
  }
  ensure(at);
  store<u32>(rowStart + (S << 2), at);
  entryCount = <u32>(at - arenaTop()) >>> 1;

  // `length` now counts what has been written of each row
  memory.fill(length, 0, S << 2);
  for (let i: u32 = 0, a: u32 = 0, b: u32 = 0; i < B; i++, b++) {
    if (i % S == 0) {
      a++;
      b = 0;
    }
    for (let n: u32 = 0, row = b; n < 3; n++, row = (row + a) % S) writeLdpcColumn(length, row, i);
  }
  for (let row: u32 = 0; row < S; row++) {
    writeLdpcColumn(length, row, B + row);
    store<u32>(rowInput + (row << 2), NO_INPUT);
    const pi = rowPi + row * PI_RECORD;
    store<u16>(pi, 2);
    store<u16>(pi + 2, <u16>(row % P));
    store<u16>(pi + 4, <u16>((row + 1) % P));
  }
  rowCount = S;
}

function writeLdpcColumn(written: usize, row: u32, column: u32): void {
  const count = load<u32>(written + (row << 2));
  store<u16>(rowBegin(row) + (count << 1), <u16>column);
  store<u32>(written + (row << 2), count + 1);
}

/**
 * Writes the LDPC rows, then a row for each of the `count` u32 internal symbol IDs at `isis` (value: input symbol
 * 0, 1, ..), then rows for the padding symbols with ISIs `paddingFrom`..`paddingTo` - 1 (value: zero).
 */
export function writeRows(isis: usize, count: u32, paddingFrom: u32, paddingTo: u32): void {
  rowCapacity = S + count + (paddingTo - paddingFrom) + SPARE_ROWS;
  rowStart = allocate((rowCapacity + 1) << 2);
  rowPi = allocate(rowCapacity * PI_RECORD);
  rowInput = allocate(rowCapacity << 2);
  writeLdpcRows();
  for (let i: u32 = 0; i < count; i++) appendLtRow(load<u32>(isis + (i << 2)), i);
  for (let isi = paddingFrom; isi < paddingTo; isi++) appendLtRow(isi, NO_INPUT);
  commit(rowEnd(rowCount - 1) + SPARE_ROWS * ((MAX_LT_COLUMNS + MAX_PI_COLUMNS) << 1));
}

/** Adds the row of one more encoding symbol; its number, or -1 when the spare rows are used up. */
export function addRow(isi: u32, input: u32): i32 {
  if (rowCount == rowCapacity) return -1;
  appendLtRow(isi, input);
  return <i32>(rowCount - 1);
}
