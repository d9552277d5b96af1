import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { isRunning } from './running.js';

/** The process that holds a lock already. */
export interface LockHolder {
  readonly holder: number;
}

/**
 * Keeps a second process from using the same files. A lock whose process has ended, or was made before the machine was
 * last started, is taken over.
 *
 * @param path of the lock file
 * @returns gives the lock back
 */
export async function lockFile(path: string): Promise<(() => Promise<void>) | LockHolder> {
  for (;;) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await holderOf(path);
    if (holder !== undefined) return { holder };
    await rm(path, { force: true });
  }
}

/** The process that holds the lock, unless it has ended or the machine was started since. */
async function holderOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const pid = Number(text);
  if (text === undefined || !Number.isInteger(pid) || pid < 1 || pid === process.pid) return undefined;
  const mtimeMs = await stat(path).then(
    (entry) => entry.mtimeMs,
    () => 0,
  );
  if (mtimeMs < Date.now() - uptime() * 1000) return undefined;
  return isRunning(pid) ? pid : undefined;
}
