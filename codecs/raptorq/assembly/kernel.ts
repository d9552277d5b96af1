/**
 * Applies a list of symbol operations to one strip: `width` bytes (16, 32, 64 or 128) of every slot, contiguous, so
 * that the whole strip stays in cache. Nothing is called per symbol; sums are formed in registers.
 */

import { prepareGf256, products } from './gf256';
import { COUNT_MASK, HDPC_ABSENT, HDPC_ROW_BITS, HDPC_SLOT_BITS, MIX, SUM } from './program';

/** The sum of the `count` slots listed at `list`, written to `target`; slots are 1 << shift bytes apart. */
function sum(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
  const end = list + (count << 2);
  if (shift == 7) {
    let a = i64x2(0, 0),
      b = a,
      c = a,
      d = a,
      e = a,
      f = a,
      g = a,
      h = a;
    for (let p = list; p < end; p += 4) {
      const s = strip + (load<u32>(p) << 7);
      a = v128.xor(a, v128.load(s));
      b = v128.xor(b, v128.load(s, 16));
      c = v128.xor(c, v128.load(s, 32));
      d = v128.xor(d, v128.load(s, 48));
      e = v128.xor(e, v128.load(s, 64));
      f = v128.xor(f, v128.load(s, 80));
      g = v128.xor(g, v128.load(s, 96));
      h = v128.xor(h, v128.load(s, 112));
    }
    v128.store(target, a);
    v128.store(target, b, 16);
    v128.store(target, c, 32);
    v128.store(target, d, 48);
    v128.store(target, e, 64);
    v128.store(target, f, 80);
    v128.store(target, g, 96);
    v128.store(target, h, 112);
  } else if (shift == 6) {
    let a = i64x2(0, 0),
      b = a,
      c = a,
      d = a;
    for (let p = list; p < end; p += 4) {
      const s = strip + (load<u32>(p) << 6);
      a = v128.xor(a, v128.load(s));
      b = v128.xor(b, v128.load(s, 16));
      c = v128.xor(c, v128.load(s, 32));
      d = v128.xor(d, v128.load(s, 48));
    }
    v128.store(target, a);
    v128.store(target, b, 16);
    v128.store(target, c, 32);
    v128.store(target, d, 48);
  } else if (shift == 5) {
    let a = i64x2(0, 0),
      b = a;
    for (let p = list; p < end; p += 4) {
      const s = strip + (load<u32>(p) << 5);
      a = v128.xor(a, v128.load(s));
      b = v128.xor(b, v128.load(s, 16));
    }
    v128.store(target, a);
    v128.store(target, b, 16);
  } else {
    let a = i64x2(0, 0);
    for (let p = list; p < end; p += 4) a = v128.xor(a, v128.load(strip + (load<u32>(p) << 4)));
    v128.store(target, a);
  }
}

function mix(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
  const end = list + (count << 3);
  const low = i8x16.splat(15);
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 16) {
    let total = i64x2(0, 0);
    for (let p = list; p < end; p += 8) {
      const x = v128.load(strip + column + (load<u32>(p) << shift));
      const table = products(load<u32>(p, 4));
      total = v128.xor(total, i8x16.swizzle(v128.load(table), v128.and(x, low)));
      total = v128.xor(total, i8x16.swizzle(v128.load(table, 16), i8x16.shr_u(x, 4)));
    }
    v128.store(target + column, total);
  }
}

function doubled(x: v128): v128 {
  return v128.xor(i8x16.add(x, x), v128.and(i8x16.lt_s(x, i8x16.splat(0)), i8x16.splat(0x1d)));
}

/** The HDPC rows over `count` columns, added to the slots from `target` (RFC 6330 section 5.3.3.3, see hdpc.ts). */
function hdpc(target: usize, list: usize, count: u32, strip: usize, shift: u32, rows: u32): void {
  const end = list + ((count - 1) << 2);
  const slotMask: u32 = (1 << HDPC_SLOT_BITS) - 1;
  const rowMask: u32 = (1 << HDPC_ROW_BITS) - 1;
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 16) {
    let g = i64x2(0, 0);
    for (let p = list; p <= end; p += 4) {
      const word = load<u32>(p);
      g = doubled(g);
      if (!(word & HDPC_ABSENT)) g = v128.xor(g, v128.load(strip + column + ((word & slotMask) << shift)));
      if (p == end) break;
      const first = target + column + (((word >>> HDPC_SLOT_BITS) & rowMask) << shift);
      const second = target + column + (((word >>> (HDPC_SLOT_BITS + HDPC_ROW_BITS)) & rowMask) << shift);
      v128.store(first, v128.xor(v128.load(first), g));
      v128.store(second, v128.xor(v128.load(second), g));
    }
    for (let h: u32 = 0; h < rows; h++) {
      const row = target + column + (h << shift);
      v128.store(row, v128.xor(v128.load(row), g));
      g = doubled(g);
    }
  }
}

/** Runs the program of `words` words at `program` over the strip at `strip`; `rows` is H. */
export function runProgram(program: usize, words: u32, strip: usize, shift: u32, rows: u32): void {
  prepareGf256();
  const end = program + (words << 2);
  let p = program;
  while (p < end) {
    const head = load<u32>(p);
    const count = head & COUNT_MASK;
    const target = strip + (load<u32>(p, 4) << shift);
    const list = p + 8;
    if (head >>> 28 == SUM) {
      sum(target, list, count, strip, shift);
      p = list + (count << 2);
    } else if (head >>> 28 == MIX) {
      mix(target, list, count, strip, shift);
      p = list + (count << 3);
    } else {
      hdpc(target, list, count, strip, shift, rows);
      p = list + (count << 2);
    }
  }
}

/** Copies `count` pieces of 1 << shift bytes from rows (numbers at `rows`, `stride` bytes apart) to consecutive slots. */
export function gather(slots: usize, from: usize, rows: usize, count: u32, stride: u32, shift: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const source = from + load<u32>(rows + (i << 2)) * stride;
    const target = slots + (i << shift);
    for (let b: u32 = 0; b < (<u32>1) << shift; b += 16) v128.store(target + b, v128.load(source + b));
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
    sum(into + load<u32>(p, 4) * stride, p + 8, count, strip, shift);
    p += 8 + (count << 2);
  }
}
