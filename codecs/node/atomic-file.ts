import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type OpenFile, writeLater } from './open-file.js';
import { removeStale, temporaryName } from './temporary-file.js';

const SUFFIX = '.part';

/**
 * Writes a file beside its place and moves it there when it is complete and on the disk: at no time does `path` hold
 * half of it.
 *
 * @param write writes the content; when it throws, nothing is left behind
 */
export async function writeAtomically<T>(path: string, write: (file: OpenFile) => Promise<T>): Promise<T> {
  await removeStale(path, SUFFIX);
  const partial = temporaryName(path, SUFFIX);
  const handle = await open(partial, 'wx');
  let result: T;
  try {
    result = await write({ descriptor: handle.fd, path });
    await handle.sync();
    await handle.close();
    await rename(partial, path);
  } catch (error) {
    await handle.close();
    await rm(partial, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
  return result;
}

/** The same for content that comes in pieces. */
export function replaceFile(
  path: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  return writeAtomically(path, async (file) => {
    let position = 0;
    for await (const chunk of content) {
      await writeLater(file, chunk, position);
      position += chunk.length;
    }
  });
}

/** Sees the names in a directory onto the disk, where the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
