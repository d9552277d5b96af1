import { InvalidArgumentError, Option } from 'commander';
import { parseScaled } from '../codecs/decimal.js';

/** Bytes that a bundle may unpack to unless something else is said. */
const DEFAULT_MAX_SIZE = 4 * 2 ** 30;
/** Beyond it threads only take memory. */
const MAX_JOBS = 256;

/** An option that may be given several times. */
export function repeated(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** Bytes: `10000000`, `500M`, `1.5G`. */
export function byteCount(text: string): number {
  const value = Math.round(parseScaled(text) ?? 0);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('A number of bytes is needed, 1 or more, like 10000000, 500M or 8G.');
  }
  return value;
}

export function maxSizeOption(): Option {
  return new Option('--max-size <BYTES>', 'the most that a bundle may unpack to, like 500M or 8G')
    .argParser(byteCount)
    .default(DEFAULT_MAX_SIZE, '4 GiB');
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
