import { InvalidArgumentError } from 'commander';
import { parseSocketAddress, type SocketAddress } from '../codecs/net/index.js';
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

export function address(text: string): SocketAddress {
  const parsed = parseSocketAddress(text);
  if (parsed !== undefined) return parsed;
  throw new InvalidArgumentError('An address and a port are needed, like 127.0.0.1:4001 or [::1]:4001.');
}

/** Of an option that may be given several times. */
export function addresses(text: string, earlier: SocketAddress[] = []): SocketAddress[] {
  return [...earlier, address(text)];
}
