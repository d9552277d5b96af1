/** Ticks a second of PTS and DTS, and of the programme clock (ISO/IEC 13818-1 section 2.4.2.1). */
export const TIMESTAMP_RATE = 90_000;
const CLOCK_RATE = 27_000_000;
/** Ticks of the programme clock for one of PTS and DTS. */
const CLOCK_EXTENSION = 300;
/** PTS, DTS and PCR base have 33 bits. */
const TIMESTAMPS = 2 ** 33;
/** Bytes of a PCR. */
export const PCR_LENGTH = 6;
export const PTS_LENGTH = 5;

/** Writes a PTS that no DTS follows (ISO/IEC 13818-1 section 2.4.3.7); `time` in ticks of 90 kHz, any number. */
export function writePts(into: Uint8Array, at: number, time: number): void {
  const pts = time % TIMESTAMPS;
  into[at] = 0x21 | (Math.floor(pts / 2 ** 29) & 0x0e);
  into[at + 1] = Math.floor(pts / 2 ** 22);
  into[at + 2] = Math.floor(pts / 2 ** 14) | 1;
  into[at + 3] = Math.floor(pts / 2 ** 7);
  into[at + 4] = (pts << 1) | 1;
}

/**
 * Writes program_clock_reference (ISO/IEC 13818-1 section 2.4.3.5) of a stream with a constant rate.
 *
 * @param bits of the stream up to the byte that ends program_clock_reference_base
 * @param rate bits a second
 */
export function writePcr(into: Uint8Array, at: number, bits: number, rate: number): void {
  const ticks = ticksAfter(bits, rate, CLOCK_RATE);
  const base = Math.floor(ticks / CLOCK_EXTENSION) % TIMESTAMPS;
  const extension = ticks % CLOCK_EXTENSION;
  into[at] = Math.floor(base / 2 ** 25);
  into[at + 1] = Math.floor(base / 2 ** 17);
  into[at + 2] = Math.floor(base / 2 ** 9);
  into[at + 3] = Math.floor(base / 2);
  into[at + 4] = ((base & 1) << 7) | 0x7e | (extension >> 8);
  into[at + 5] = extension;
}

/** Ticks of a clock that have gone by when so many bits of a stream with a constant rate have. */
export function ticksAfter(bits: number, rate: number, clockRate: number): number {
  // whole seconds and the rest apart: a double does not hold days of ticks times bits
  const seconds = Math.floor(bits / rate);
  return seconds * clockRate + Math.floor(((bits - seconds * rate) * clockRate) / rate);
}
