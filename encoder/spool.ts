import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenFile } from './file.js';

/**
 * Gives `use` a temporary file as long as it needs it. It has no name: it is gone when it is closed, whatever ends the
 * process. Errors name the directory, which is what the operator can change.
 */
export async function withSpool<T>(directory: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  const path = join(directory, `.datacast-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    return await use({ descriptor: handle.fd, path: directory });
  } finally {
    await handle.close();
  }
}
