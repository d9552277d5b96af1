import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeStale, temporaryName } from '../codecs/process/node.js';

const SUFFIX = '.part';

/** Writes content into a new file and sees it onto the disk. Errors name the file. */
export async function writeNewFile(path: string, content: AsyncIterable<Uint8Array>): Promise<number> {
  const handle = await open(path, 'wx');
  let length = 0;
  try {
    for await (const chunk of content) {
      length += chunk.length;
      for (let done = 0; done < chunk.length; ) {
        done += await handle
          .write(chunk, done, chunk.length - done)
          .then((result) => result.bytesWritten, named(path));
      }
    }
    await handle.sync().catch(named(path));
  } finally {
    await handle.close();
  }
  return length;
}

/** Puts a file at its place when it is complete; what stood there before is replaced as a whole. */
export async function replaceFile(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  // a directory that cannot be listed can still be written to
  await removeStale(path, SUFFIX).catch(() => {});
  const partial = temporaryName(path, SUFFIX);
  try {
    await writeNewFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
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

/** A file handle knows no path, so its errors are given one. */
function named(path: string): (error: Error) => never {
  return (error) => {
    throw Object.assign(error, { path });
  };
}
