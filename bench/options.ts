import { InvalidArgumentError } from 'commander';
import { list, wholeNumber } from '../codecs/node/options.js';
import { MAX_SOURCE_SYMBOLS } from '../codecs/raptorq/index.js';

/** A whole number, 0 or more. */
export const count = wholeNumber(0);
/** A whole number, 1 or more. */
export const positiveNumber = wholeNumber(1);

/** Numbers of source symbols, separated by commas. */
export const blockSizes = list((text) => {
  const k = positiveNumber(text);
  if (k > MAX_SOURCE_SYMBOLS) {
    throw new InvalidArgumentError(`A block has 1 to ${MAX_SOURCE_SYMBOLS} source symbols.`);
  }
  return k;
});
