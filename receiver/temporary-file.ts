import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** An open file, which any thread of the process reads and writes by its descriptor. */
export interface OpenFile {
  readonly descriptor: number;
  /** What errors name: the operating system reports no path for a descriptor. */
  readonly directory: string;
}

/** A file without a name: it is gone when it is closed, whatever ends the process. */
export function openTemporaryFile(directory: string): OpenFile {
  const path = join(directory, `.datacast-${randomBytes(8).toString('hex')}.tmp`);
  const descriptor = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return { descriptor, directory };
}

/** Writes all of `bytes`. */
export function writeAt(file: OpenFile, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    done += named(file, () => writeSync(file.descriptor, bytes, done, left, position + done));
  }
}

/** Fills `into` from `position` on as far as the file goes; returns the bytes read. */
export function readAt(file: OpenFile, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const left = into.length - done;
    const count = named(file, () => readSync(file.descriptor, into, done, left, position + done));
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** To be called when no thread uses the file any more: its descriptor is given to the next file that is opened. */
export function closeFile({ descriptor }: OpenFile): void {
  closeSync(descriptor);
}

function named<T>({ directory }: OpenFile, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw Object.assign(error as Error, { path: directory });
  }
}
