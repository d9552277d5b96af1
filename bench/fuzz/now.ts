/** Milliseconds of a clock that all threads share and nobody sets. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
