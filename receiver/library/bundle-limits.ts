import type { Crypto } from '../../codecs/crypto/index.js';
import type { DecodeFrame } from '../../codecs/zstd/index.js';

/** Bytes that the files of an object may have together, unless something else is said. */
export const DEFAULT_MAX_BYTES = 4 * 2 ** 30;
/** Files and directories that an object may have, unless something else is said. */
export const DEFAULT_MAX_ENTRIES = 1_000_000;

/** What the files of an object may have, and who unpacks them. */
export interface BundleLimits {
  readonly crypto: Crypto;
  /** The most that the files may have together, bytes. */
  readonly maxBytes: number;
  /** The most files and directories. */
  readonly maxEntries: number;
  /** Who decompresses; by default this thread. */
  readonly decodeFrame?: DecodeFrame | undefined;
}
