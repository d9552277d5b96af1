/** When the byte that comes after `bytes` bytes is sent. */
export interface Pace {
  /** Unix time of the first byte. */
  readonly startMilliseconds: number;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Unix time in nanoseconds at which `bytes` bytes of IP packets have been sent. */
  nanosecondsAfter(bytes: number): bigint;
  /** The same in Unix seconds with a fraction. */
  secondsAfter(bytes: number): number;
}

/**
 * A constant rate.
 *
 * @param startMilliseconds Unix time of the first byte
 * @param rate bits per second of IP packets, above 0
 */
export function createPace(startMilliseconds: number, rate: number): Pace {
  const startSeconds = startMilliseconds / 1000;
  const startNanoseconds = BigInt(Math.round(startMilliseconds)) * 1_000_000n;
  return {
    startMilliseconds,
    rate,
    // Whole seconds and the rest apart: a double does not hold days in nanoseconds times bits.
    nanosecondsAfter: (bytes) => {
      const seconds = Math.floor((8 * bytes) / rate);
      const rest = 8 * bytes - seconds * rate;
      return startNanoseconds + BigInt(seconds) * 1_000_000_000n + BigInt(Math.floor((rest / rate) * 1e9));
    },
    secondsAfter: (bytes) => startSeconds + (8 * bytes) / rate,
  };
}
