import { Option } from 'commander';
import { byteCount } from '../codecs/node/options.js';
import { DEFAULT_MAX_BYTES } from './library/bundle-limits.js';

export function maxSizeOption(): Option {
  return new Option('--max-size <BYTES>', 'the most that a bundle may unpack to, like 500M or 8G')
    .argParser(byteCount)
    .default(DEFAULT_MAX_BYTES, '4 GiB');
}

/** Bytes that an object may have whose content may have `maxSize`: what does not compress is a little longer as an archive. */
export function objectBytes(maxSize: number): number {
  return maxSize + Math.ceil(maxSize / 16) + 2 ** 20;
}
