import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { removeStale, temporaryName } from '../../codecs/node/temporary-file.js';
import type { ObjectContent } from '../engine/ports/events.js';
import { ReceiveError } from '../error.js';
import { DEFAULT_MAX_BYTES } from '../library/bundle-limits.js';
import { type Unpacked, unpack } from './unpack.js';

const SUFFIX = '.receiving';

export interface WriteFilesOptions {
  /** Bytes that the files may have together, 4 GiB unless given. */
  readonly maxBytes?: number;
}

/**
 * Writes the files and directories of a verified object. The directory appears when all of it is on the disk, or not at all.
 *
 * @param directory must not exist, or be empty
 * @throws ReceiveError when something is in the directory, ZstdError or BundleError when the content is no bundle, is unsafe
 * or too large, or an error of the operating system
 */
export async function writeFiles(
  content: ObjectContent,
  directory: string,
  { maxBytes = DEFAULT_MAX_BYTES }: WriteFilesOptions = {},
): Promise<Unpacked> {
  const target = resolve(directory);
  const held = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (held.length > 0) {
    throw new ReceiveError(`${directory} is not empty (it holds ${held[0]}): nothing is overwritten.`);
  }
  await removeStale(target, SUFFIX);
  const partial = temporaryName(target, SUFFIX);
  await mkdir(partial);
  try {
    const unpacked = await unpack(content.read(), partial, { crypto: nodeCrypto, maxSize: maxBytes });
    await rename(partial, target);
    await syncDirectory(dirname(target));
    return unpacked;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}
