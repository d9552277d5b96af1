/** What the TypeScript side calls. One source block at a time; addresses are bytes in linear memory. */

import { allocate } from './arena';
import { addLeftOver, solveBinary } from './dense';
import { emitProgram } from './emit';
import { prepareGf256 } from './gf256';
import { beginHdpc, solveFree } from './hdpc';
import { inactivateAndPeel } from './inactivation';
import { encodeStrip, gather, runProgram } from './kernel';
import { H, L, W } from './parameters';
import { beginProgram, finishProgram, programLength, put } from './program';
import { addRow, writeRows } from './rows';
import { writeRow } from './tuple';

export { allocate, arenaReset, arenaTop, commit } from './arena';
export { inactiveCount } from './dense';
export { slotCount } from './emit';
export { configure, L } from './parameters';
export { finishProgram, programLength } from './program';
export { columnSlots } from './slots';

/**
 * Builds the constraint matrix for the `count` u32 internal symbol IDs at `isis` and the padding symbols, and solves
 * it. Returns 1 when it has full rank.
 */
export function solve(isis: usize, count: u32, paddingFrom: u32, paddingTo: u32): u32 {
  writeRows(isis, count, paddingFrom, paddingTo);
  inactivateAndPeel();
  solveBinary();
  beginHdpc();
  return solveFree() ? 1 : 0;
}

/** Adds the encoding symbol `isi` (input symbol number `input`) after a failed solution: 1 solved, 0 not, -1 no room. */
export function solveWith(isi: u32, input: u32): i32 {
  const row = addRow(isi, input);
  if (row < 0) return -1;
  addLeftOver(<u32>row);
  return solveFree() ? 1 : 0;
}

/** Writes first, first + 1, .. into newly allocated memory; the address of `count` u32. */
export function allocateSequence(first: u32, count: u32): usize {
  const at = allocate(count << 2);
  for (let i: u32 = 0; i < count; i++) store<u32>(at + (i << 2), first + i);
  return at;
}

/** Fills tables; called once, before anything else. */
export function prepare(): void {
  prepareGf256();
}

/** Writes the list of symbol operations for the solved matrix; finishProgram() and programLength() tell where. */
export function emit(inputs: u32): void {
  emitProgram(inputs);
  finishProgram();
}

/**
 * Writes the list of encodeStrip for the `count` u32 ISIs at `isis` into the output rows at `rows`, with intermediate
 * symbol i in the slot that the u32 number i at `slots` tells; its address.
 */
export function writeEncodingList(isis: usize, rows: usize, count: u32, slots: usize): usize {
  const lt = allocate(128);
  const pi = lt + 64;
  beginProgram();
  for (let i: u32 = 0; i < count; i++) {
    const d = writeRow(load<u32>(isis + (i << 2)), lt, pi);
    const d1: u32 = load<u16>(pi);
    put(d + d1);
    put(load<u32>(rows + (i << 2)));
    for (let j: u32 = 0; j < d; j++) put(load<u32>(slots + ((<u32>load<u16>(lt + (j << 1))) << 2)));
    for (let j: u32 = 1; j <= d1; j++) put(load<u32>(slots + ((W + <u32>load<u16>(pi + (j << 1))) << 2)));
  }
  return finishProgram();
}

/** The widest strip, as a shift, that is not wider than 1 << shift nor than what is left of a symbol. */
function strip(shift: u32, left: u32): u32 {
  let s = shift;
  while ((<u32>1) << s > left) s--;
  return s;
}

/**
 * Runs a program over all strips of `symbolBytes` (a multiple of 16). Inputs are rows of `stride` bytes at `from`,
 * chosen by the u32 numbers at `rows`. Strip by strip the intermediate symbols come to stand from `intermediate`
 * with strips one after the other; slots above L reach into the space of the strips that follow.
 */
export function solveStrips(
  program: usize,
  words: u32,
  intermediate: usize,
  symbolBytes: u32,
  shift: u32,
  from: usize,
  rows: usize,
  inputs: u32,
  stride: u32,
): void {
  for (let at: u32 = 0; at < symbolBytes; ) {
    const s = strip(shift, symbolBytes - at);
    const base = intermediate + at * L;
    gather(base + (L << s), from + at, rows, inputs, stride, s);
    runProgram(program, words, base, s, H);
    at += 1 << s;
  }
}

/** Forms encoding symbols from the intermediate symbols that solveStrips left, into rows of `stride` bytes at `into`. */
export function encodeStrips(
  list: usize,
  words: u32,
  intermediate: usize,
  symbolBytes: u32,
  shift: u32,
  into: usize,
  stride: u32,
): void {
  for (let at: u32 = 0; at < symbolBytes; ) {
    const s = strip(shift, symbolBytes - at);
    encodeStrip(list, words, intermediate + at * L, s, into + at, stride);
    at += 1 << s;
  }
}

/** solveStrips and encodeStrips in one pass, in one strip of `slotCount` slots at `work`. */
export function decodeStrips(
  program: usize,
  words: u32,
  work: usize,
  symbolBytes: u32,
  shift: u32,
  from: usize,
  rows: usize,
  inputs: u32,
  stride: u32,
  list: usize,
  listWords: u32,
): void {
  for (let at: u32 = 0; at < symbolBytes; ) {
    const s = strip(shift, symbolBytes - at);
    gather(work + (L << s), from + at, rows, inputs, stride, s);
    runProgram(program, words, work, s, H);
    encodeStrip(list, listWords, work, s, from + at, stride);
    at += 1 << s;
  }
}
