import { randomBytes } from 'node:crypto';
import { openSync, unlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { closeFile, type OpenFile } from './open-file.js';
import { isGone, processIdentity } from './process-identity.js';

/**
 * A file without a name: it is gone when it is closed, whatever ends the process. Errors name the directory, which is
 * what a person can change.
 */
export function openTemporaryFile(directory: string): OpenFile {
  const path = join(directory, `.datacast-${randomBytes(8).toString('hex')}.tmp`);
  const descriptor = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return { descriptor, path: directory };
}

/** Gives `use` a file without a name as long as it needs it. */
export async function withTemporaryFile<T>(
  directory: string,
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = openTemporaryFile(directory);
  try {
    return await use(file);
  } finally {
    closeFile(file);
  }
}

/** A name beside `target` for what will replace it; it tells which process is at work on it. */
export function temporaryName(target: string, suffix: string): string {
  return join(
    dirname(target),
    `.${basename(target)}.${processIdentity()}.${randomBytes(4).toString('hex')}${suffix}`,
  );
}

/**
 * Removes what processes that were killed have left under such names. What cannot be
 * listed or removed is left as it is: the directory can be written to all the same.
 */
export async function removeStale(target: string, suffix: string): Promise<void> {
  const parent = dirname(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const identity = /^(.+)\.[0-9a-f]{8}$/.exec(name.slice(prefix.length, -suffix.length))?.[1];
    if (identity === undefined || !isGone(identity)) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}
