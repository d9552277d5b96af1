import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A state of a directory or file. */
export interface Fingerprint {
  /** Another one when a name, a size or a time of change is another one. */
  readonly digest: string;
  /** Unix time in milliseconds of the latest change. */
  readonly newest: number;
  /** Bytes of all files, about. */
  readonly bytes: number;
}

/** Looks at names, sizes and times of change; files are not read. @throws an error of the operating system */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const root = await stat(path);
  const names = root.isDirectory() ? await readdir(path, { recursive: true }) : [];
  const hash = createHash('sha256');
  let newest = root.mtimeMs;
  let bytes = root.size;
  hash.update(`${root.size} ${root.mtimeMs}\n`);
  for (const name of names.sort()) {
    // What cannot be looked at cannot be packed either, and that is where it is reported.
    const found = await stat(join(path, name)).catch(() => undefined);
    hash.update(`${JSON.stringify(name)} ${found?.size} ${found?.mtimeMs}\n`);
    newest = Math.max(newest, found?.mtimeMs ?? 0);
    bytes += found?.size ?? 0;
  }
  return { digest: hash.digest('hex'), newest, bytes };
}
