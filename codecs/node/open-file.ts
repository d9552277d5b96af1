import { closeSync, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/** An open file that any thread reads or writes by its descriptor, which counts in the whole process. */
export interface OpenFile {
  readonly descriptor: number;
  /** What errors name: the operating system reports no path for a descriptor. */
  readonly path: string;
}

/** Fills `into` from `position` on as far as the file goes; returns the bytes read. */
export function readAt({ descriptor, path }: OpenFile, into: Uint8Array, position: number): number {
  let done = 0;
  while (done < into.length) {
    const left = into.length - done;
    const count = withPath(path, () => readSync(descriptor, into, done, left, position + done));
    if (count === 0) break;
    done += count;
  }
  return done;
}

/**
 * Fills all of `into` from `position` on.
 *
 * @throws RangeError when the file is shorter
 */
export function readFully(file: OpenFile, into: Uint8Array, position: number): void {
  if (readAt(file, into, position) === into.length) return;
  throw new RangeError(`The temporary file ends before byte ${position + into.length}.`);
}

/** Writes all of `bytes`. */
export function writeAt({ descriptor, path }: OpenFile, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    done += withPath(path, () => writeSync(descriptor, bytes, done, left, position + done));
  }
}

const writeAsync = promisify(write);

/** Writes all of `bytes`, which may not change meanwhile. */
export async function writeLater(
  { descriptor, path }: OpenFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    const { bytesWritten } = await writeAsync(descriptor, bytes, done, left, position + done).catch(
      namedError(path),
    );
    done += bytesWritten;
  }
}

/** To be called when no thread uses the file any more: its descriptor is given to the next file that is opened. */
export function closeFile({ descriptor }: OpenFile): void {
  closeSync(descriptor);
}

/** What reads and writes an open file knows no path, so its errors are given one. */
export function namedError(path: string): (error: Error) => never {
  return (error) => {
    throw Object.assign(error, { path });
  };
}

function withPath<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    return namedError(path)(error as Error);
  }
}
