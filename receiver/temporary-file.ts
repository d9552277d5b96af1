import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file without a name: it is gone when it is closed, whatever ends the process. */
export interface TemporaryFile {
  write(bytes: Uint8Array, position: number): void;
  /** Fills `into` from `position` on as far as the file goes; returns the bytes read. */
  read(into: Uint8Array, position: number): number;
  close(): void;
}

/** Synchronous, since thousands of small reads and writes come in a row. Errors name the directory. */
export function openTemporaryFile(directory: string): TemporaryFile {
  const path = join(directory, `.datacast-${randomBytes(8).toString('hex')}.tmp`);
  const file = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  const named = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      throw Object.assign(error as Error, { path: directory });
    }
  };
  return {
    write(bytes, position) {
      named(() => {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(file, bytes, done, bytes.length - done, position + done);
        }
      });
    },
    read(into, position) {
      return named(() => {
        let done = 0;
        while (done < into.length) {
          const count = readSync(file, into, done, into.length - done, position + done);
          if (count === 0) break;
          done += count;
        }
        return done;
      });
    },
    close: () => closeSync(file),
  };
}
