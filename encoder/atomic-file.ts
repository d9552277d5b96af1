import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeAll } from './spool.js';

/**
 * Writes a file beside its place and moves it there when it is complete: at no time does `path` hold half of it.
 *
 * @param write calls `append` with the content, piece by piece; when it throws, nothing is left behind
 */
export async function writeAtomically<T>(
  path: string,
  write: (append: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
): Promise<T> {
  const partial = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`);
  const handle = await open(partial, 'wx');
  let position = 0;
  try {
    const result = await write(async (bytes) => {
      await writeAll(handle, bytes, position, path);
      position += bytes.length;
    });
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
