import { InvalidArgumentError } from 'commander';
import { MAX_AUTH_DEPTH } from '../codecs/auth/index.js';
import { type Destination, parseDestination } from './destination.js';
import { MAX_LOSS } from './repair.js';

/** A whole number within limits, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]{1,16}$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`A whole number from ${min} to ${max} is needed.`);
    }
    return value;
  };
}

/** `20`, `2.5` or `20%`, as a fraction. */
function percentage(max: number): (text: string) => number {
  return (text) => {
    const digits = /^([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%?$/.exec(text)?.[1];
    if (digits === undefined || Number(digits) > max) {
      throw new InvalidArgumentError(`A percentage from 0 to ${max} is needed, like 20 or 2.5.`);
    }
    return Number(digits) / 100;
  };
}

export const lossPercentage = percentage(100 * MAX_LOSS);
export const repairPercentage = percentage(100_000);

/** Smaller packets have no room for the table's headers at every authentication depth; IP has no larger ones. */
export const mtuBytes = wholeNumber(576, 65_535);
/** 2^32 - 1 is the largest sequence number. */
export const sequenceNumber = wholeNumber(1, 2 ** 32 - 1);
/** Levels of zstd. */
export const compressionLevel = wholeNumber(1, 22);
/** Beyond it threads only take memory. */
export const jobCount = wholeNumber(1, 256);
export const authDepth = wholeNumber(0, MAX_AUTH_DEPTH);

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
const MIN_RATE = 100;
const MAX_RATE = 1e12;

/** Bits per second: `64000`, `64k`, `2.5M`, `1G`. */
export function bitRate(text: string): number {
  const parts = /^([0-9]{1,12}(?:\.[0-9]{1,6})?)([kMG]?)$/.exec(text);
  const rate = parts === null ? Number.NaN : Number(parts[1]) * UNITS[parts[2]!]!;
  if (!(rate >= MIN_RATE && rate <= MAX_RATE)) {
    throw new InvalidArgumentError(
      'A rate in bits per second is needed, from 100 to 1000G, like 64000, 64k or 2.5M.',
    );
  }
  return rate;
}

/** `ADDRESS:PORT`, IPv6 addresses in brackets. */
export function destination(text: string): Destination {
  const parsed = parseDestination(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'An address and a port are needed, like 239.255.0.1:4001 or [ff15::1]:4001.',
    );
  }
  return parsed;
}
