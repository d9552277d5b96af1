/**
 * RFC 6330 sections 5.3.3.3 and 5.4.2.3: the HDPC rows. Their matrix is MT * GAMMA, so the sum of a row over
 * symbols x_0, x_1, .. is that of MT over the running sums g_j = alpha * g_(j-1) + x_j: each column costs a doubling
 * and three additions, whatever H is. They solve the inactive columns that the binary rows have left free.
 */

import { allocate } from './arena';
import { inactiveBytes, inactiveCount, leftOverBits, piInactive, pivotBitsOf, rank, solver } from './dense';
import { inverse, multiply, power } from './gf256';
import { INACTIVE, stateOf } from './inactivation';
import { H, kPrime, S, W } from './parameters';
import { rand } from './rand';
import { testBit, timesAlpha, xorBitsIntoOctets, xorInto } from './vector';

/** Number of free columns after the binary elimination. */
export let freeCount: u32 = 0;

let octetBytes: u32 = 0;
let hdpcRows: usize = 0; // H rows of octets: the inactive columns after the elimination of V
let freeColumns: usize = 0; // u32[H]: inactive column numbers
let small: usize = 0; // H rows of freeCount + H octets: what is left of the rows, and the sum they are
let smallWidth: u32 = 0;
let solvedRows: usize = 0; // u32[H]: the row of `small` that solves free column n

/** The two rows of MT that have a one in column j, for j < K' + S - 1. */
export function mtFirst(j: u32): u32 {
  return rand(j + 1, 6, H);
}

export function mtSecond(j: u32, first: u32): u32 {
  return (first + rand(j + 1, 7, H - 1) + 1) % H;
}

export function freeColumn(n: u32): u32 {
  return load<u32>(freeColumns + (n << 2));
}

/** Coefficient of inactive column n in HDPC row h. */
export function hdpcOctet(h: u32, n: u32): u32 {
  return load<u8>(hdpcRows + h * octetBytes + n);
}

/** Free column n is the sum over h of this times the value of HDPC row h. */
export function solutionOctet(n: u32, h: u32): u32 {
  return load<u8>(small + load<u32>(solvedRows + (n << 2)) * smallWidth + freeCount + h);
}

/** Space for the HDPC rows; their contents follow when they are first needed. */
export function beginHdpc(): void {
  octetBytes = inactiveBytes << 3;
  hdpcRows = 0;
  freeCount = 0;
}

function writeHdpcRows(): void {
  hdpcRows = allocate(H * octetBytes);
  memory.fill(hdpcRows, 0, H * octetBytes);
  freeColumns = allocate(H << 2);
  solvedRows = allocate(H << 2);
  small = allocate(H * (2 * H));
  const g = allocate(octetBytes);
  memory.fill(g, 0, octetBytes);
  const last = kPrime + S - 1;
  for (let j: u32 = 0; j <= last; j++) {
    timesAlpha(g, octetBytes);
    if (j < W) {
      const state = stateOf(j);
      if (state & INACTIVE) toggle(g, state & ~INACTIVE);
      else xorBitsIntoOctets(g, pivotBitsOf(state), octetBytes);
    } else {
      toggle(g, piInactive(j - W));
    }
    if (j == last) break;
    const first = mtFirst(j);
    xorInto(hdpcRows + first * octetBytes, g, octetBytes);
    xorInto(hdpcRows + mtSecond(j, first) * octetBytes, g, octetBytes);
  }
  for (let h: u32 = 0; h < H; h++) {
    xorInto(hdpcRows + h * octetBytes, g, octetBytes);
    timesAlpha(g, octetBytes);
    toggle(hdpcRows + h * octetBytes, piInactive(kPrime + S + h - W));
  }
}

function toggle(row: usize, n: u32): void {
  store<u8>(row + n, load<u8>(row + n) ^ 1);
}

/** row[i] += factor * other[i] */
function addMultiple(row: usize, other: usize, factor: u32, octets: u32): void {
  for (let i: u32 = 0; i < octets; i++) {
    store<u8>(row + i, load<u8>(row + i) ^ <u8>multiply(factor, load<u8>(other + i)));
  }
}

/** Solves the free columns with the HDPC rows; false when there are not enough independent rows. */
export function solveFree(): bool {
  freeCount = inactiveCount - rank;
  if (freeCount == 0) return true;
  if (freeCount > H) return false;
  if (hdpcRows == 0) writeHdpcRows();
  let f: u32 = 0;
  for (let n: u32 = 0; n < inactiveCount; n++) if (solver(n) < 0) store<u32>(freeColumns + (f++ << 2), n);

  smallWidth = freeCount + H;
  memory.fill(small, 0, H * smallWidth);
  for (let h: u32 = 0; h < H; h++) {
    const row = small + h * smallWidth;
    for (f = 0; f < freeCount; f++) store<u8>(row + f, <u8>hdpcOctet(h, freeColumn(f)));
    store<u8>(row + freeCount + h, 1);
  }
  for (let n: u32 = 0; n < inactiveCount; n++) {
    const k = solver(n);
    if (k < 0) continue;
    const bits = leftOverBits(<u32>k);
    for (f = 0; f < freeCount; f++) {
      if (!testBit(bits, freeColumn(f))) continue;
      for (let h: u32 = 0; h < H; h++) {
        const at = small + h * smallWidth + f;
        store<u8>(at, load<u8>(at) ^ <u8>hdpcOctet(h, n));
      }
    }
  }
  return eliminateSmall();
}

function eliminateSmall(): bool {
  let used: u32 = 0; // bit h: row h solves a column
  for (let f: u32 = 0; f < freeCount; f++) {
    let h: u32 = 0;
    while (h < H && (((used >>> h) & 1) != 0 || load<u8>(small + h * smallWidth + f) == 0)) h++;
    if (h == H) return false;
    used |= 1 << h;
    store<u32>(solvedRows + (f << 2), h);
    const row = small + h * smallWidth;
    const scale = inverse(load<u8>(row + f));
    for (let i: u32 = 0; i < smallWidth; i++) store<u8>(row + i, <u8>multiply(scale, load<u8>(row + i)));
    for (let other: u32 = 0; other < H; other++) {
      if (other == h) continue;
      const otherRow = small + other * smallWidth;
      const factor: u32 = load<u8>(otherRow + f);
      if (factor != 0) addMultiple(otherRow, row, factor, smallWidth);
    }
  }
  return true;
}
