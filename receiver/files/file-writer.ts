import { closeSync, fsync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { namedError } from '../../codecs/node/open-file.js';

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
          .then((result) => result.bytesWritten, namedError(path));
      }
    }
    await handle.sync().catch(namedError(path));
  } finally {
    await handle.close();
  }
  return length;
}

/** Writes many new files. */
export interface FileWriter {
  /** Writes content into a new file; returns its bytes. Errors name the file, perhaps one written before. */
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<number>;
  /** Fulfilled when all files are on the disk. */
  finish(): Promise<void>;
}

/** Files that are on their way to the disk while others are written: their waits come together. */
const MAX_SYNCING = 16;
const syncDescriptor = promisify(fsync);

export function createFileWriter(): FileWriter {
  const syncing = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  async function sync(descriptor: number, path: string): Promise<void> {
    try {
      await syncDescriptor(descriptor);
    } catch (error) {
      failure ??= { error: Object.assign(error as Error, { path }) };
    } finally {
      closeSync(descriptor);
    }
  }

  return {
    async write(path, content) {
      const descriptor = openSync(path, 'wx');
      let length = 0;
      try {
        for await (const chunk of content) {
          length += chunk.length;
          for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done);
        }
      } catch (error) {
        closeSync(descriptor);
        throw isSystemError(error) ? Object.assign(error, { path }) : error;
      }
      const task: Promise<void> = sync(descriptor, path).finally(() => syncing.delete(task));
      syncing.add(task);
      if (syncing.size >= MAX_SYNCING) await Promise.race(syncing);
      if (failure !== undefined) throw failure.error;
      return length;
    },
    async finish() {
      await Promise.all(syncing);
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** An error of a call on a descriptor, which knows no path. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && !('path' in error);
}
