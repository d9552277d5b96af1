/**
 * RFC 6330 section 5.4.2: writes the list of symbol operations for a solved constraint matrix. Slots 0..L-1 become
 * the intermediate symbols (see slots.ts), the input symbols follow, then temporary symbols.
 *
 * 1. forward: the value of each pivot row with its other columns in V eliminated (kept in the pivot's own slot);
 * 2. the values of the left-over rows, and their sums that solve the inactive columns;
 * 3. the HDPC rows, where binary rows have left columns free;
 * 4. backward: with the inactive symbols known, each pivot symbol anew from its sparse row, which costs less than
 *    subtracting the dense inactive part from the forward value (section 5.4.2.4 to 5.4.2.5 do the same with X).
 */

import { allocate } from './arena';
import { inactiveCount, leftOverBits, leftOverCount, leftOverRow, leftOverSum, solver } from './dense';
import { freeColumn, freeCount, hdpcOctet, mtFirst, mtSecond, solutionOctet } from './hdpc';
import { INACTIVE, pivotColumn, pivotCount, pivotRow, stateOf } from './inactivation';
import { H, kPrime, L, S, W } from './parameters';
import {
  beginProgram,
  end,
  HDPC,
  HDPC_ABSENT,
  HDPC_ROW_BITS,
  HDPC_SLOT_BITS,
  MIX,
  put,
  SUM,
  start,
} from './program';
import { inputOf, NO_INPUT, piBegin, piEnd, rowBegin, rowEnd } from './rows';
import { inactiveSlot, placeColumns, slotOf } from './slots';
import { testBit } from './vector';

const NONE: u32 = 0xffffffff;

/** Number of slots the program uses. */
export let slotCount: u32 = 0;

let used: usize = 0; // u8 for each left-over row: some sum needs it
let leftOverSlot: u32 = 0;

function putInput(row: u32): void {
  const input = inputOf(row);
  if (input != NO_INPUT) put(L + input);
}

/** The columns of a row that are pivots, but `except`; their slots hold forward values at this time. */
function putPivots(row: u32, except: u32): void {
  for (let p = rowBegin(row), e = rowEnd(row); p < e; p += 2) {
    const column: u32 = load<u16>(p);
    const pivot = stateOf(column);
    if (column != except && !(pivot & INACTIVE)) put(pivot);
  }
}

function emitForward(): void {
  for (let i: u32 = 0; i < pivotCount; i++) {
    const row = pivotRow(i);
    start(i);
    putInput(row);
    putPivots(row, pivotColumn(i));
    end(SUM);
  }
}

/** Marks the left-over rows that some solved column needs. */
function markUsed(): void {
  used = allocate(leftOverCount);
  memory.fill(used, 0, leftOverCount);
  for (let n: u32 = 0; n < inactiveCount; n++) {
    const k = solver(n);
    if (k < 0) continue;
    const sum = leftOverSum(<u32>k);
    for (let i: u32 = 0; i < leftOverCount; i++) if (testBit(sum, i)) store<u8>(used + i, 1);
  }
}

function emitLeftOver(): void {
  for (let k: u32 = 0; k < leftOverCount; k++) {
    if (!load<u8>(used + k)) continue;
    start(leftOverSlot + k);
    putInput(leftOverRow(k));
    putPivots(leftOverRow(k), NONE);
    end(SUM);
  }
}

/** Four Russians: rows are taken in groups, and each sum within a group that occurs is formed once. */
function groupSize(): u32 {
  let best: u32 = 1;
  let least: u64 = U64.MAX_VALUE;
  for (let size: u32 = 1; size <= 10; size++) {
    const groups = (leftOverCount + size - 1) / size;
    const cost = <u64>groups * (<u64>inactiveCount + 2 * (((<u64>1) << size) - size - 1));
    if (cost < least) {
      least = cost;
      best = size;
    }
  }
  return best;
}

let sumSlots: usize = 0; // u32 for each group and pattern: slot of the sum, or NONE

function bitsAt(row: usize, from: u32, count: u32): u32 {
  let bits: u32 = 0;
  for (let i: u32 = 0; i < count; i++) if (testBit(row, from + i)) bits |= 1 << i;
  return bits;
}

/** The slot that holds the sum `pattern` of the group of left-over rows from `first`. */
function slotOfSum(table: usize, first: u32, pattern: u32): u32 {
  const rest = pattern & (pattern - 1);
  if (rest == 0) return leftOverSlot + first + <u32>ctz(pattern);
  const at = table + (pattern << 2);
  let slot = load<u32>(at);
  if (slot != NONE) return slot;
  const other = slotOfSum(table, first, rest);
  slot = slotCount++;
  store<u32>(at, slot);
  start(slot);
  put(other);
  put(leftOverSlot + first + <u32>ctz(pattern));
  end(SUM);
  return slot;
}

/** The part of each solved inactive symbol that the left-over rows give. */
function emitSolvedColumns(size: u32): void {
  for (let n: u32 = 0; n < inactiveCount; n++) {
    const k = solver(n);
    if (k < 0) continue;
    const sum = leftOverSum(<u32>k);
    for (let first: u32 = 0, table = sumSlots; first < leftOverCount; first += size, table += 4 << size) {
      const pattern = bitsAt(sum, first, min(size, leftOverCount - first));
      if (pattern != 0) slotOfSum(table, first, pattern);
    }
    start(inactiveSlot(n));
    for (let first: u32 = 0, table = sumSlots; first < leftOverCount; first += size, table += 4 << size) {
      const pattern = bitsAt(sum, first, min(size, leftOverCount - first));
      if (pattern != 0) put(slotOfSum(table, first, pattern));
    }
    end(SUM);
  }
}

function emitHdpc(): void {
  const rows = slotCount;
  slotCount += H;
  for (let h: u32 = 0; h < H; h++) {
    start(rows + h);
    end(SUM);
  }
  const columns = kPrime + S;
  start(rows);
  for (let j: u32 = 0; j < columns; j++) {
    const first: u32 = j + 1 < columns ? mtFirst(j) : 0;
    const second: u32 = j + 1 < columns ? mtSecond(j, first) : 0;
    const absent = j >= W || (stateOf(j) & INACTIVE) != 0;
    put(
      slotOf(j) |
        (first << HDPC_SLOT_BITS) |
        (second << (HDPC_SLOT_BITS + HDPC_ROW_BITS)) |
        (absent ? HDPC_ABSENT : 0),
    );
  }
  end(HDPC);
  for (let h: u32 = 0; h < H; h++) {
    start(rows + h);
    put(rows + h);
    put(1);
    for (let n: u32 = 0; n < inactiveCount; n++) {
      const octet = hdpcOctet(h, n);
      if (solver(n) < 0 || octet == 0) continue;
      put(inactiveSlot(n));
      put(octet);
    }
    end(MIX);
  }
  for (let f: u32 = 0; f < freeCount; f++) {
    start(inactiveSlot(freeColumn(f)));
    for (let h: u32 = 0; h < H; h++) {
      const octet = solutionOctet(f, h);
      if (octet == 0) continue;
      put(rows + h);
      put(octet);
    }
    end(MIX);
  }
  for (let n: u32 = 0; n < inactiveCount; n++) {
    const k = solver(n);
    if (k < 0) continue;
    start(inactiveSlot(n));
    put(inactiveSlot(n));
    for (let f: u32 = 0; f < freeCount; f++) {
      if (testBit(leftOverBits(<u32>k), freeColumn(f))) put(inactiveSlot(freeColumn(f)));
    }
    end(SUM);
  }
}

function emitBackward(): void {
  for (let i: u32 = 0; i < pivotCount; i++) {
    const row = pivotRow(i);
    const column = pivotColumn(i);
    start(i);
    putInput(row);
    for (let p = rowBegin(row), e = rowEnd(row); p < e; p += 2) {
      const other: u32 = load<u16>(p);
      if (other != column) put(slotOf(other));
    }
    for (let p = piBegin(row), e = piEnd(row); p < e; p += 2) put(slotOf(W + <u32>load<u16>(p)));
    end(SUM);
  }
}

/** Writes the whole program for `inputs` input symbols; requires a solved matrix. */
export function emitProgram(inputs: u32): void {
  slotCount = L + inputs;
  const size = groupSize();
  const tables = ((leftOverCount + size - 1) / size) << (size + 2);
  sumSlots = allocate(tables);
  memory.fill(sumSlots, 0xff, tables);
  leftOverSlot = slotCount;
  slotCount += leftOverCount;
  markUsed();
  placeColumns();
  beginProgram();
  emitForward();
  emitLeftOver();
  emitSolvedColumns(size);
  if (freeCount > 0) emitHdpc();
  emitBackward();
}
