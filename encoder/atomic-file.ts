import { open, rename, rm } from 'node:fs/promises';
import { removeStale, temporaryName } from '../codecs/process/node.js';
import type { OpenFile } from './file.js';

const SUFFIX = '.part';

/**
 * Writes a file beside its place and moves it there when it is complete: at no time does `path` hold half of it.
 *
 * @param write writes the content; when it throws, nothing is left behind
 */
export async function writeAtomically<T>(path: string, write: (file: OpenFile) => Promise<T>): Promise<T> {
  // a directory that cannot be listed can still be written to
  await removeStale(path, SUFFIX).catch(() => {});
  const partial = temporaryName(path, SUFFIX);
  const handle = await open(partial, 'wx');
  try {
    const result = await write({ descriptor: handle.fd, path });
    await handle.sync();
    await handle.close();
    await rename(partial, path);
    return result;
  } catch (error) {
    await handle.close();
    await rm(partial, { force: true });
    throw error;
  }
}
