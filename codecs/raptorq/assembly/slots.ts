/**
 * Where the intermediate symbols stand while a program runs: pivots in the order in which they were chosen, then the
 * inactive ones. A pivot is mostly a sum of pivots chosen shortly before, so its sources are near; in the order of the
 * columns they would be spread over all slots.
 */

import { allocate } from './arena';
import { inactiveColumn, inactiveCount } from './dense';
import { pivotColumn, pivotCount } from './inactivation';
import { L } from './parameters';

/** u32 for each intermediate symbol: its slot. */
export let columnSlots: usize = 0;

export function inactiveSlot(n: u32): u32 {
  return pivotCount + n;
}

export function slotOf(column: u32): u32 {
  return load<u32>(columnSlots + (column << 2));
}

function place(column: u32, slot: u32): void {
  store<u32>(columnSlots + (column << 2), slot);
}

/** Gives every intermediate symbol its slot; requires a solved matrix. */
export function placeColumns(): void {
  columnSlots = allocate(L << 2);
  for (let i: u32 = 0; i < pivotCount; i++) place(pivotColumn(i), i);
  for (let n: u32 = 0; n < inactiveCount; n++) place(inactiveColumn(n), inactiveSlot(n));
}
