/** The three operations on symbols, with 128-bit vectors. Slots are 1 << shift bytes (16, 32, 64 or 128) apart. */

import { products } from './gf256';
import { HDPC_ABSENT, HDPC_ROW_BITS, HDPC_SLOT_BITS } from './program';

/** The sum of the `count` slots listed at `list`, written to `target`; slots are 1 << shift bytes apart. */
export function sum(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
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

export function mix(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
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
export function hdpc(target: usize, list: usize, count: u32, strip: usize, shift: u32, rows: u32): void {
  if (shift == 4) {
    hdpcColumn(target, list, count, strip, shift, rows);
    return;
  }
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 32) {
    hdpcColumns(target + column, list, count, strip + column, shift, rows);
  }
}

/** 16 bytes of every slot. */
function hdpcColumn(target: usize, list: usize, count: u32, strip: usize, shift: u32, rows: u32): void {
  const end = list + ((count - 1) << 2);
  let g = i64x2(0, 0);
  for (let p = list; p <= end; p += 4) {
    const word = load<u32>(p);
    g = doubled(g);
    if (!(word & HDPC_ABSENT)) g = v128.xor(g, v128.load(slotOf(word, strip, shift)));
    if (p == end) break;
    const first = firstRow(word, target, shift);
    v128.store(first, v128.xor(v128.load(first), g));
    const second = secondRow(word, target, shift);
    v128.store(second, v128.xor(v128.load(second), g));
  }
  for (let h: u32 = 0; h < rows; h++) {
    const row = target + (h << shift);
    v128.store(row, v128.xor(v128.load(row), g));
    g = doubled(g);
  }
}

/** 32 bytes of every slot at a time: the words of the list are read half as often. */
function hdpcColumns(target: usize, list: usize, count: u32, strip: usize, shift: u32, rows: u32): void {
  const end = list + ((count - 1) << 2);
  let g = i64x2(0, 0);
  let h = i64x2(0, 0);
  for (let p = list; p <= end; p += 4) {
    const word = load<u32>(p);
    g = doubled(g);
    h = doubled(h);
    if (!(word & HDPC_ABSENT)) {
      const slot = slotOf(word, strip, shift);
      g = v128.xor(g, v128.load(slot));
      h = v128.xor(h, v128.load(slot, 16));
    }
    if (p == end) break;
    const first = firstRow(word, target, shift);
    v128.store(first, v128.xor(v128.load(first), g));
    v128.store(first, v128.xor(v128.load(first, 16), h), 16);
    const second = secondRow(word, target, shift);
    v128.store(second, v128.xor(v128.load(second), g));
    v128.store(second, v128.xor(v128.load(second, 16), h), 16);
  }
  for (let n: u32 = 0; n < rows; n++) {
    const row = target + (n << shift);
    v128.store(row, v128.xor(v128.load(row), g));
    v128.store(row, v128.xor(v128.load(row, 16), h), 16);
    g = doubled(g);
    h = doubled(h);
  }
}

function slotOf(word: u32, strip: usize, shift: u32): usize {
  return strip + ((word & ((1 << HDPC_SLOT_BITS) - 1)) << shift);
}

function firstRow(word: u32, target: usize, shift: u32): usize {
  return target + (((word >>> HDPC_SLOT_BITS) & ((1 << HDPC_ROW_BITS) - 1)) << shift);
}

function secondRow(word: u32, target: usize, shift: u32): usize {
  return target + (((word >>> (HDPC_SLOT_BITS + HDPC_ROW_BITS)) & ((1 << HDPC_ROW_BITS) - 1)) << shift);
}
