import { InvalidArgumentError } from 'commander';

/** Bytes that a bundle may unpack to unless something else is said. */
export const DEFAULT_MAX_SIZE = 4 * 2 ** 30;
/** Beyond it threads only take memory. */
const MAX_JOBS = 256;

/** An option that may be given several times. */
export function repeated(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function byteCount(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('A number of bytes is needed, 1 or more.');
  }
  return value;
}

export function jobCount(text: string): number {
  const value = Number(text);
  if (!/^[0-9]{1,3}$/.test(text) || value < 1 || value > MAX_JOBS) {
    throw new InvalidArgumentError(`A whole number from 1 to ${MAX_JOBS} is needed.`);
  }
  return value;
}

/** Bytes that an object may have whose content may have `maxSize`: what does not compress is a little longer as an archive. */
export function objectBytes(maxSize: number): number {
  return maxSize + Math.ceil(maxSize / 16) + 2 ** 20;
}
