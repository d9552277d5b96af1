import { type BundleItem, readBundle } from '../../codecs/bundle/index.js';
import { decompress } from '../../codecs/zstd/index.js';
import type { BundleLimits } from './bundle-limits.js';

/** What a tar archive takes for an entry: header, extended header, padding, its line in the manifest. */
const BYTES_PER_ENTRY = 4096;

/**
 * The files and directories of a verified transfer object, which is a bundle compressed with zstd. What an item holds is
 * to be read before the next one is asked for.
 *
 * @throws ZstdError or BundleError when the object is none, is unsafe to unpack or larger than the limits
 */
export function bundleItems(
  object: AsyncIterable<Uint8Array>,
  { crypto, maxBytes, maxEntries, decodeFrame }: BundleLimits,
): AsyncGenerator<BundleItem> {
  const archive = decompress(object, { maxSize: maxBytes + maxEntries * BYTES_PER_ENTRY, decodeFrame });
  return readBundle(archive, { crypto, maxSize: maxBytes, maxEntries });
}
