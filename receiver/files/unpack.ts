import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Crypto } from '../../codecs/crypto/index.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import type { DecodeFrame } from '../../codecs/zstd/index.js';
import { bundleItems } from '../library/bundle-items.js';
import { DEFAULT_MAX_ENTRIES } from '../library/bundle-limits.js';
import { createFileWriter } from './file-writer.js';

/** What a bundle unpacked to. */
export interface Unpacked {
  readonly files: number;
  readonly directories: number;
  /** Of the files. */
  readonly bytes: number;
}

export interface UnpackOptions {
  readonly crypto: Crypto;
  /** Bytes that the files may have together. */
  readonly maxSize: number;
  /** Who decompresses; by default this thread. */
  readonly decodeFrame?: DecodeFrame | undefined;
}

/**
 * Unpacks a verified transfer object into an empty directory. Names are safe: codecs/bundle has checked each.
 *
 * @throws ZstdError or BundleError when the content is none or larger, or an error of the operating system
 */
export async function unpack(
  object: AsyncIterable<Uint8Array>,
  directory: string,
  { crypto, maxSize, decodeFrame }: UnpackOptions,
): Promise<Unpacked> {
  const limits = { crypto, maxBytes: maxSize, maxEntries: DEFAULT_MAX_ENTRIES, decodeFrame };
  const directories = [directory];
  const writer = createFileWriter();
  let files = 0;
  let bytes = 0;
  try {
    for await (const item of bundleItems(object, limits)) {
      const path = join(directory, ...item.path.split('/'));
      if (item.kind === 'directory') {
        mkdirSync(path);
        directories.push(path);
        continue;
      }
      bytes += await writer.write(path, item.content);
      files++;
    }
  } finally {
    await writer.finish();
  }
  for (const path of directories.reverse()) await syncDirectory(path);
  return { files, directories: directories.length - 1, bytes };
}
