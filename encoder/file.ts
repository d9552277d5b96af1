import { readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

/** An open file that any thread reads or writes by its descriptor, which counts in the whole process. */
export interface OpenFile {
  readonly descriptor: number;
  /** What errors name: the operating system reports none for a descriptor. */
  readonly path: string;
}

/** Fills `into` from `position` on. */
export function readAt({ descriptor, path }: OpenFile, into: Uint8Array, position: number): void {
  for (let filled = 0; filled < into.length; ) {
    const read = named(path, () =>
      readSync(descriptor, into, filled, into.length - filled, position + filled),
    );
    if (read === 0) throw new RangeError(`The spool ends before byte ${position + into.length}.`);
    filled += read;
  }
}

/** Writes all of `bytes`. */
export function writeAt({ descriptor, path }: OpenFile, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    const rest = bytes.length - written;
    written += named(path, () => writeSync(descriptor, bytes, written, rest, position + written));
  }
}

const writeAsync = promisify(write);

/** Writes all of `bytes`, which may not change meanwhile. */
export async function writeLater(
  { descriptor, path }: OpenFile,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      const rest = bytes.length - written;
      written += (await writeAsync(descriptor, bytes, written, rest, position + written)).bytesWritten;
    }
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

function named<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}
