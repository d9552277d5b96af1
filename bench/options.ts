import { InvalidArgumentError } from 'commander';
import { MAX_SOURCE_SYMBOLS } from '../codecs/raptorq/index.js';

/** A probability as `0.3` or `30%`. */
export function probability(text: string): number {
  const percent = text.endsWith('%');
  const number = decimal(percent ? text.slice(0, -1) : text) / (percent ? 100 : 1);
  if (number > 1) {
    throw new InvalidArgumentError('A probability lies between 0 and 1, or between 0% and 100%.');
  }
  return number;
}

/** A whole number, 0 or more. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new InvalidArgumentError('A whole number is needed, 0 or more.');
  }
  return number;
}

/** A whole number, 1 or more. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text);
  if (number === 0) throw new InvalidArgumentError('A whole number is needed, 1 or more.');
  return number;
}

/** A number in decimal notation, 0 or more. */
export function decimal(text: string): number {
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) throw new InvalidArgumentError('A number is needed, 0 or more.');
  return Number(text);
}

/** Several values separated by commas, each read by `parse`. */
export function list<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}

/** Numbers of source symbols, separated by commas. */
export const blockSizes = list((text) => {
  const k = wholeNumber(text);
  if (k < 1 || k > MAX_SOURCE_SYMBOLS) {
    throw new InvalidArgumentError(`A block has 1 to ${MAX_SOURCE_SYMBOLS} source symbols.`);
  }
  return k;
});
