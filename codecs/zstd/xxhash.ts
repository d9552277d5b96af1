/**
 * XXH64 with seed 0 (xxHash specification, section "XXH64 Algorithm Description"), of which zstd frames hold the low half.
 *
 * 64-bit words are kept as a high and a low half, each a 32-bit integer: BigInt would be twenty times slower.
 */

/** A 64-bit word: the halves are 32-bit integers of either sign. */
interface Word {
  high: number;
  low: number;
}

const PRIME_1 = { high: 0x9e3779b1 | 0, low: 0x85ebca87 | 0 };
const PRIME_2 = { high: 0xc2b2ae3d | 0, low: 0x27d4eb4f | 0 };
const PRIME_3 = { high: 0x165667b1 | 0, low: 0x9e3779f9 | 0 };
const PRIME_4 = { high: 0x85ebca77 | 0, low: 0xc2b2ae63 | 0 };
const PRIME_5 = { high: 0x27d4eb2f | 0, low: 0x165667c5 | 0 };

/** word += (high, low) mod 2^64 */
function add(word: Word, high: number, low: number): void {
  const sum = (word.low >>> 0) + (low >>> 0);
  word.low = sum | 0;
  word.high = (word.high + high + (sum > 0xffff_ffff ? 1 : 0)) | 0;
}

/** The high half of the product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (cross >>> 16);
}

/** word *= factor mod 2^64 */
function multiply(word: Word, factor: Word): void {
  const { high, low } = word;
  word.high = (multiplyHigh(low, factor.low) + Math.imul(high, factor.low) + Math.imul(low, factor.high)) | 0;
  word.low = Math.imul(low, factor.low);
}

/** Rotates left by 1 to 31 bits. */
function rotate(word: Word, bits: number): void {
  const { high, low } = word;
  word.high = (high << bits) | (low >>> (32 - bits));
  word.low = (low << bits) | (high >>> (32 - bits));
}

/** word ^= word >>> bits, 0 < bits < 64 */
function shiftXor(word: Word, bits: number): void {
  const { high, low } = word;
  word.low = low ^ (bits >= 32 ? high >>> (bits - 32) : (low >>> bits) | (high << (32 - bits)));
  if (bits < 32) word.high = high ^ (high >>> bits);
}

/** Bytes from one lane of an accumulator to its next. */
const STRIPE = 32;

/**
 * The rounds of one accumulator: the lanes of 8 bytes at `start`, `start` + 32 and so on below `end`.
 * Everything is in local variables: this loop takes all the time.
 */
function rounds(accumulator: Word, view: DataView, start: number, end: number): void {
  let { high, low } = accumulator;
  for (let at = start; at < end; at += STRIPE) {
    const laneLow = view.getInt32(at, true);
    const laneHigh = view.getInt32(at + 4, true);
    // lane * PRIME_2, added
    const productHigh =
      multiplyHigh(laneLow, PRIME_2.low) +
      Math.imul(laneHigh, PRIME_2.low) +
      Math.imul(laneLow, PRIME_2.high);
    const sum = (low >>> 0) + (Math.imul(laneLow, PRIME_2.low) >>> 0);
    high = (high + productHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0;
    low = sum | 0;
    // rotated left by 31
    const rotatedHigh = (high << 31) | (low >>> 1);
    const rotatedLow = (low << 31) | (high >>> 1);
    // * PRIME_1
    high =
      (multiplyHigh(rotatedLow, PRIME_1.low) +
        Math.imul(rotatedHigh, PRIME_1.low) +
        Math.imul(rotatedLow, PRIME_1.high)) |
      0;
    low = Math.imul(rotatedLow, PRIME_1.low);
  }
  accumulator.high = high;
  accumulator.low = low;
}

function mergeAccumulator(hash: Word, accumulator: Word): void {
  const lane = new DataView(new ArrayBuffer(8));
  lane.setInt32(0, accumulator.low, true);
  lane.setInt32(4, accumulator.high, true);
  const merged: Word = { high: 0, low: 0 };
  rounds(merged, lane, 0, 8);
  xor(hash, merged);
  multiply(hash, PRIME_1);
  add(hash, PRIME_4.high, PRIME_4.low);
}

function xor(word: Word, other: Word): void {
  word.high ^= other.high;
  word.low ^= other.low;
}

/** XXH64 of the bytes with seed 0 as two unsigned halves. */
export function xxh64(bytes: Uint8Array): { high: number; low: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hash: Word = { high: PRIME_5.high, low: PRIME_5.low };
  let at = 0;
  if (bytes.length >= STRIPE) {
    const sumOfPrimes: Word = { ...PRIME_1 };
    add(sumOfPrimes, PRIME_2.high, PRIME_2.low);
    const negativePrime: Word = { high: ~PRIME_1.high, low: ~PRIME_1.low };
    add(negativePrime, 0, 1);
    const accumulators: Word[] = [sumOfPrimes, { ...PRIME_2 }, { high: 0, low: 0 }, negativePrime];
    at = bytes.length - (bytes.length % STRIPE);
    hash.high = 0;
    hash.low = 0;
    for (const [i, accumulator] of accumulators.entries()) {
      rounds(accumulator, view, 8 * i, at);
      const rotated = { ...accumulator };
      rotate(rotated, [1, 7, 12, 18][i]!);
      add(hash, rotated.high, rotated.low);
    }
    for (const accumulator of accumulators) mergeAccumulator(hash, accumulator);
  }
  add(hash, 0, bytes.length | 0);
  for (; at + 8 <= bytes.length; at += 8) {
    const lane: Word = { high: 0, low: 0 };
    rounds(lane, view, at, at + 8);
    xor(hash, lane);
    rotate(hash, 27);
    multiply(hash, PRIME_1);
    add(hash, PRIME_4.high, PRIME_4.low);
  }
  if (at + 4 <= bytes.length) {
    const lane: Word = { high: 0, low: view.getInt32(at, true) };
    multiply(lane, PRIME_1);
    xor(hash, lane);
    rotate(hash, 23);
    multiply(hash, PRIME_2);
    add(hash, PRIME_3.high, PRIME_3.low);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    const lane: Word = { high: 0, low: bytes[at]! };
    multiply(lane, PRIME_5);
    xor(hash, lane);
    rotate(hash, 11);
    multiply(hash, PRIME_1);
  }
  shiftXor(hash, 33);
  multiply(hash, PRIME_2);
  shiftXor(hash, 29);
  multiply(hash, PRIME_3);
  shiftXor(hash, 32);
  return { high: hash.high >>> 0, low: hash.low >>> 0 };
}
