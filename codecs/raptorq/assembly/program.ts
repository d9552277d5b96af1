/**
 * The list of symbol operations. Symbols stand in numbered slots; the words of an operation are
 *
 *   SUM  (n, target, n slots)                    target = sum of the slots
 *   MIX  (n, target, n pairs of slot and octet)  target = sum of octet * slot
 *   HDPC (n, target, n words)                    target, target + 1, .. += the HDPC rows over n columns; the word of
 *                                                a column is its slot, the two rows of MT, and whether it counts
 *
 * with the operation in the upper 4 bits of the first word and n in the lower 28.
 */

import { allocate, arenaTop, commit, ensure } from './arena';

export const SUM: u32 = 0;
export const MIX: u32 = 1;
export const HDPC: u32 = 2;
export const COUNT_MASK: u32 = 0x0fffffff;

/** Layout of a word of HDPC: slot, first row, second row, and a flag for a column whose symbol counts as zero. */
export const HDPC_SLOT_BITS: u32 = 20;
export const HDPC_ROW_BITS: u32 = 5;
export const HDPC_ABSENT: u32 = 1 << 31;

const CHUNK: usize = 65536;

let begin: usize = 0;
let at: usize = 0;
let head: usize = 0;
let limit: usize = 0;

/** Starts a program at the top of the arena. */
export function beginProgram(): void {
  begin = allocate(0);
  at = begin;
  limit = arenaTop();
}

function word(value: u32): void {
  if (at == limit) {
    limit += CHUNK;
    ensure(limit);
  }
  store<u32>(at, value);
  at += 4;
}

/** Starts an operation; its words follow by put(), end() closes it. */
export function start(target: u32): void {
  head = at;
  word(0);
  word(target);
}

export function put(value: u32): void {
  word(value);
}

export function end(operation: u32): void {
  const words = <u32>(at - head - 8) >>> 2;
  store<u32>(head, (operation << 28) | (operation == MIX ? words >>> 1 : words));
}

/** Keeps the program in the arena; its address. */
export function finishProgram(): usize {
  commit(at);
  return begin;
}

export function programLength(): u32 {
  return <u32>(at - begin) >>> 2;
}
