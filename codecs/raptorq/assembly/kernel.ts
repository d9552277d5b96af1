/**
 * Applies a list of symbol operations to one strip: `width` bytes (16, 32, 64 or 128) of every slot, contiguous, so
 * that the whole strip stays in cache. Nothing is called per symbol; sums are formed in registers. The build decides
 * which of the two sets of operations is compiled in.
 */

import * as scalar from './operations-scalar';
import * as simd from './operations-simd';
import { COUNT_MASK, MIX, SUM } from './program';

/** Runs the program of `words` words at `program` over the strip at `strip`; `rows` is H. */
export function runProgram(program: usize, words: u32, strip: usize, shift: u32, rows: u32): void {
  const end = program + (words << 2);
  let p = program;
  while (p < end) {
    const head = load<u32>(p);
    const count = head & COUNT_MASK;
    const target = strip + (load<u32>(p, 4) << shift);
    const list = p + 8;
    if (head >>> 28 == SUM) {
      if (ASC_FEATURE_SIMD) simd.sum(target, list, count, strip, shift);
      else scalar.sum(target, list, count, strip, shift);
      p = list + (count << 2);
    } else if (head >>> 28 == MIX) {
      if (ASC_FEATURE_SIMD) simd.mix(target, list, count, strip, shift);
      else scalar.mix(target, list, count, strip, shift);
      p = list + (count << 3);
    } else {
      if (ASC_FEATURE_SIMD) simd.hdpc(target, list, count, strip, shift, rows);
      else scalar.hdpc(target, list, count, strip, shift, rows);
      p = list + (count << 2);
    }
  }
}

/** Copies `count` pieces of 1 << shift bytes from rows (numbers at `rows`, `stride` bytes apart) to consecutive slots. */
export function gather(slots: usize, from: usize, rows: usize, count: u32, stride: u32, shift: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const source = from + load<u32>(rows + (i << 2)) * stride;
    const target = slots + (i << shift);
    for (let b: u32 = 0; b < (<u32>1) << shift; b += 8) store<u64>(target + b, load<u64>(source + b));
  }
}

/**
 * Forms encoding symbols: `words` words at `list`, for each symbol its number of slots, its row in the output, and
 * the slots; output rows are `stride` bytes apart from `into`.
 */
export function encodeStrip(
  list: usize,
  words: u32,
  strip: usize,
  shift: u32,
  into: usize,
  stride: u32,
): void {
  const end = list + (words << 2);
  let p = list;
  while (p < end) {
    const count = load<u32>(p);
    const target = into + load<u32>(p, 4) * stride;
    if (ASC_FEATURE_SIMD) simd.sum(target, p + 8, count, strip, shift);
    else scalar.sum(target, p + 8, count, strip, shift);
    p += 8 + (count << 2);
  }
}
