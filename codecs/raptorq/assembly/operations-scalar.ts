/** The three operations on symbols for engines without vectors, eight bytes at a time. Slots are 1 << shift bytes apart. */

import { products } from './gf256';
import { HDPC_ABSENT, HDPC_ROW_BITS, HDPC_SLOT_BITS } from './program';
import { double64 } from './vector';

/** The sum of the `count` slots listed at `list`, written to `target`. */
export function sum(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
  const end = list + (count << 2);
  if (shift == 4) {
    let a: u64 = 0;
    let b: u64 = 0;
    for (let p = list; p < end; p += 4) {
      const s = strip + (load<u32>(p) << 4);
      a ^= load<u64>(s);
      b ^= load<u64>(s, 8);
    }
    store<u64>(target, a);
    store<u64>(target, b, 8);
    return;
  }
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 32) {
    let a: u64 = 0;
    let b: u64 = 0;
    let c: u64 = 0;
    let d: u64 = 0;
    for (let p = list; p < end; p += 4) {
      const s = strip + column + (load<u32>(p) << shift);
      a ^= load<u64>(s);
      b ^= load<u64>(s, 8);
      c ^= load<u64>(s, 16);
      d ^= load<u64>(s, 24);
    }
    store<u64>(target + column, a);
    store<u64>(target + column, b, 8);
    store<u64>(target + column, c, 16);
    store<u64>(target + column, d, 24);
  }
}

/** The sum of `count` pairs of slot and octet, each slot times its octet. */
export function mix(target: usize, list: usize, count: u32, strip: usize, shift: u32): void {
  const end = list + (count << 3);
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 8) {
    let total: u64 = 0;
    for (let p = list; p < end; p += 8) {
      const x = load<u64>(strip + column + (load<u32>(p) << shift));
      const table = products(load<u32>(p, 4));
      for (let b: u64 = 0; b < 64; b += 8) {
        const octet = <u32>(x >>> b) & 255;
        total ^= (<u64>(load<u8>(table + (octet & 15)) ^ load<u8>(table + (octet >>> 4), 16))) << b;
      }
    }
    store<u64>(target + column, total);
  }
}

/** The HDPC rows over `count` columns, added to the slots from `target` (RFC 6330 section 5.3.3.3, see hdpc.ts). */
export function hdpc(target: usize, list: usize, count: u32, strip: usize, shift: u32, rows: u32): void {
  const end = list + ((count - 1) << 2);
  const slotMask: u32 = (1 << HDPC_SLOT_BITS) - 1;
  const rowMask: u32 = (1 << HDPC_ROW_BITS) - 1;
  for (let column: u32 = 0; column < (<u32>1) << shift; column += 8) {
    let g: u64 = 0;
    for (let p = list; p <= end; p += 4) {
      const word = load<u32>(p);
      g = double64(g);
      if (!(word & HDPC_ABSENT)) g ^= load<u64>(strip + column + ((word & slotMask) << shift));
      if (p == end) break;
      const first = target + column + (((word >>> HDPC_SLOT_BITS) & rowMask) << shift);
      const second = target + column + (((word >>> (HDPC_SLOT_BITS + HDPC_ROW_BITS)) & rowMask) << shift);
      store<u64>(first, load<u64>(first) ^ g);
      store<u64>(second, load<u64>(second) ^ g);
    }
    for (let h: u32 = 0; h < rows; h++) {
      const row = target + column + (h << shift);
      store<u64>(row, load<u64>(row) ^ g);
      g = double64(g);
    }
  }
}
