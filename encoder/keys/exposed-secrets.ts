import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_FILES } from './keys.js';

/** Read, write and execute for the group and for all others. */
const OTHERS = 0o077;

/** Sentences on secret keys of a key directory that others on this machine may use, with the command that mends it. */
export async function exposedSecrets(directory: string): Promise<string[]> {
  // modes say nothing there
  if (process.platform === 'win32') return [];
  const sentences: string[] = [];
  for (const name of [KEY_FILES.publisherSecret, KEY_FILES.uplinkSecret]) {
    const path = join(directory, name);
    // the publisher's may be elsewhere
    const mode = await stat(path).then(
      (found) => found.mode,
      () => 0,
    );
    if ((mode & OTHERS) === 0) continue;
    const shown = (mode & 0o777).toString(8).padStart(3, '0');
    sentences.push(
      `${path} is secret, and others on this machine may use it (mode ${shown}). Mend it: chmod 600 ${quoted(path)}`,
    );
  }
  return sentences;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
