import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A temporary file without a name: it is gone when it is closed, whatever ends the process. */
export interface Spool {
  /** Bytes written so far. */
  readonly length: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Fills `into` from `position` on. */
  read(into: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** Errors name the directory, which is what the operator can change. */
export async function createSpool(directory: string): Promise<Spool> {
  const path = join(directory, `.datacast-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(path, 'wx+', 0o600);
  await unlink(path);
  let length = 0;
  return {
    get length() {
      return length;
    },
    async append(bytes) {
      await writeAll(handle, bytes, length, directory);
      length += bytes.length;
    },
    async read(into, position) {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled);
        if (bytesRead === 0) throw new RangeError(`The spool ends before byte ${position + into.length}.`);
        filled += bytesRead;
      }
    },
    close: () => handle.close(),
  };
}

/** Gives `use` a temporary file as long as it needs it. */
export async function withSpool<T>(directory: string, use: (spool: Spool) => Promise<T>): Promise<T> {
  const spool = await createSpool(directory);
  try {
    return await use(spool);
  } finally {
    await spool.close();
  }
}

/** Writes all of `bytes`; what the operating system reports is reported with `path`, as a handle knows none. */
export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      const rest = bytes.length - written;
      written += (await handle.write(bytes, written, rest, position + written)).bytesWritten;
    }
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}
