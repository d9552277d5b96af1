import { InvalidArgumentError } from 'commander';
import { parseScaled } from '../decimal.js';

/** A whole number within limits, both included. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]{1,16}$/.test(text) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more,` : ` from ${min} to ${max}`;
      throw new InvalidArgumentError(`A whole number${range} is needed.`);
    }
    return value;
  };
}

/** Beyond it threads only take memory. */
export const jobCount = wholeNumber(1, 256);

/** A number in decimal notation, 0 or more. */
export function decimal(text: string): number {
  if (!/^([0-9]{1,12}\.?[0-9]{0,12}|\.[0-9]{1,12})$/.test(text))
    throw new InvalidArgumentError('A number is needed, 0 or more.');
  return Number(text);
}

/** `20`, `2.5` or `0.3%`, as a fraction. Below 1 the sign is needed: with `0.3` some mean 30 %. */
export function percentage(max: number): (text: string) => number {
  return (text) => {
    const [, digits, sign] = /^([0-9]{0,6}(?:\.[0-9]{1,6})?) ?(%?)$/.exec(text) ?? [];
    const value = digits === undefined || digits === '' ? Number.NaN : Number(digits);
    if (!(value <= max)) {
      throw new InvalidArgumentError(`A percentage from 0 to ${max} is needed, like 20, 2.5 or 0.5%.`);
    }
    if (value > 0 && value < 1 && sign === '') {
      const percent = Number((100 * value).toPrecision(12));
      throw new InvalidArgumentError(`${percent} % or ${value} %? Write ${percent} or ${value}%.`);
    }
    // 28 / 100 is not 0.28 to the last bit in all cases
    return Number((value / 100).toPrecision(15));
  };
}

/** Loss of a channel, and other shares of its datagrams. */
export const channelPercentage = percentage(100);

/** A probability, as `0.999` or `99.9%`. */
export function probability(text: string): number {
  const parts = /^((?:[0-9]{1,3}(?:\.[0-9]{0,12})?)|\.[0-9]{1,12})(%?)$/.exec(text);
  // 99.9 / 100 is not 0.999 to the last bit.
  const value = parts?.[2] === '%' ? Number((Number(parts[1]) / 100).toPrecision(15)) : Number(parts?.[1]);
  if (!(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('A probability is needed, like 0.999 or 99.9%.');
  }
  return value;
}

/** Bytes: `10000000`, `500M`, `1.5G`. */
export function byteCount(text: string): number {
  const value = Math.round(parseScaled(text) ?? 0);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('A number of bytes is needed, 1 or more, like 10000000, 500M or 8G.');
  }
  return value;
}

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

/** `500ms`, `30s`, `2.5m`, `1h`, `7d`: in milliseconds. */
export function duration(text: string): number {
  const parts = /^([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|[smhd])$/.exec(text);
  const milliseconds = parts === null ? Number.NaN : Number(parts[1]) * DURATION_UNITS[parts[2]!]!;
  if (!(milliseconds > 0)) {
    throw new InvalidArgumentError('A duration is needed, like 500ms, 30s, 2.5m, 1h or 7d.');
  }
  return milliseconds;
}

/** An option that may be given several times. */
export function repeated(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

/** Several values separated by commas, each read by `parse`. */
export function list<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}
