import { Option } from 'commander';
import { byteCount } from '../codecs/node/options.js';
import { DEFAULT_LIMITS } from './engine/ports/limits.js';

export function maxSizeOption(): Option {
  return new Option('--max-size <BYTES>', 'the most that a bundle may unpack to, like 500M or 8G')
    .argParser(byteCount)
    .default(DEFAULT_LIMITS.maxUnpackedBytes, '4 GiB');
}

export function wholeOption(): Option {
  return new Option('--whole', 'let an edition appear when all of it is there, not part by part');
}

/** Bytes that an object may have whose content may have `maxSize`: what does not compress is a little longer as an archive. */
export function objectBytes(maxSize: number): number {
  return maxSize + Math.ceil(maxSize / 16) + 2 ** 20;
}
