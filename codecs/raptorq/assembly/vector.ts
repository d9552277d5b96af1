/** Operations on rows of bits or octets; lengths are multiples of 16 bytes. */

/** dst ^= src */
export function xorInto(dst: usize, src: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 16) {
    if (ASC_FEATURE_SIMD) {
      v128.store(dst + i, v128.xor(v128.load(dst + i), v128.load(src + i)));
    } else {
      store<u64>(dst + i, load<u64>(dst + i) ^ load<u64>(src + i));
      store<u64>(dst + i, load<u64>(dst + i, 8) ^ load<u64>(src + i, 8), 8);
    }
  }
}

/** Each octet of the row times alpha. */
export function timesAlpha(row: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 16) {
    if (ASC_FEATURE_SIMD) {
      const x = v128.load(row + i);
      const reduce = v128.and(i8x16.lt_s(x, i8x16.splat(0)), i8x16.splat(0x1d));
      v128.store(row + i, v128.xor(i8x16.add(x, x), reduce));
    } else {
      store<u64>(row + i, double64(load<u64>(row + i)));
      store<u64>(row + i, double64(load<u64>(row + i, 8)), 8);
    }
  }
}

/** Eight octets times alpha. */
export function double64(x: u64): u64 {
  const high = (x >>> 7) & 0x0101010101010101;
  return ((x & 0x7f7f7f7f7f7f7f7f) << 1) ^ (high * 0x1d);
}

/** dst[i] ^= 1 where bit i of the row of bits is set; `bytes` octets, 16 bits of the row for each 16. */
export function xorBitsIntoOctets(dst: usize, bits: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 16) {
    const word: u32 = load<u16>(bits + (i >>> 3));
    if (word == 0) continue;
    if (ASC_FEATURE_SIMD) {
      const spread = i8x16.swizzle(
        i16x8.splat(<i16>word),
        i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1),
      );
      const mask = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
      const ones = v128.and(i8x16.eq(v128.and(spread, mask), mask), i8x16.splat(1));
      v128.store(dst + i, v128.xor(v128.load(dst + i), ones));
    } else {
      for (let b: u32 = 0; b < 16; b++) {
        store<u8>(dst + i + b, load<u8>(dst + i + b) ^ <u8>((word >>> b) & 1));
      }
    }
  }
}

export function flipBit(row: usize, bit: u32): void {
  const at = row + (bit >>> 3);
  store<u8>(at, load<u8>(at) ^ ((<u8>1) << (<u8>(bit & 7))));
}

export function testBit(row: usize, bit: u32): bool {
  return ((load<u8>(row + (bit >>> 3)) >>> (bit & 7)) & 1) != 0;
}
