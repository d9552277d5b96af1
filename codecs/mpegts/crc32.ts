/** x^32 + x^26 + x^23 + x^22 + x^16 + x^12 + x^11 + x^10 + x^8 + x^7 + x^5 + x^4 + x^2 + x + 1, x^32 left out. */
const POLYNOMIAL = 0x04c11db7;
const SLICES = 16;

/** SLICES tables of 256 entries: table k holds the CRC of one byte with k zero bytes behind it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before << 8) ^ tables[before >>> 24]!;
  }
  return tables;
}

/**
 * The CRC-32 of sections (ISO/IEC 13818-1 annex A) over the bytes of `view` from `start` to `end`: begun with all
 * ones, highest bit first, not inverted at its end. Over a section with its CRC_32 field it is 0.
 *
 * Sixteen bytes a step through as many tables (slicing-by-16); eight are a quarter slower.
 */
export function crc32(view: DataView, start: number, end: number): number {
  const tables = TABLES;
  let crc = -1;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    const first = crc ^ view.getInt32(at);
    const second = view.getInt32(at + 4);
    const third = view.getInt32(at + 8);
    const fourth = view.getInt32(at + 12);
    crc =
      tables[3840 + (first >>> 24)]! ^
      tables[3584 + ((first >>> 16) & 0xff)]! ^
      tables[3328 + ((first >>> 8) & 0xff)]! ^
      tables[3072 + (first & 0xff)]! ^
      tables[2816 + (second >>> 24)]! ^
      tables[2560 + ((second >>> 16) & 0xff)]! ^
      tables[2304 + ((second >>> 8) & 0xff)]! ^
      tables[2048 + (second & 0xff)]! ^
      tables[1792 + (third >>> 24)]! ^
      tables[1536 + ((third >>> 16) & 0xff)]! ^
      tables[1280 + ((third >>> 8) & 0xff)]! ^
      tables[1024 + (third & 0xff)]! ^
      tables[768 + (fourth >>> 24)]! ^
      tables[512 + ((fourth >>> 16) & 0xff)]! ^
      tables[256 + ((fourth >>> 8) & 0xff)]! ^
      tables[fourth & 0xff]!;
  }
  for (; at < end; at++) crc = (crc << 8) ^ tables[(crc >>> 24) ^ view.getUint8(at)]!;
  return crc >>> 0;
}
