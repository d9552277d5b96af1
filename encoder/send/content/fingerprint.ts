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

/** Files that are asked about at a time: one after the other, thousands of answers take a second and more. */
const ASKED_TOGETHER = 64;

/** Looks at names, sizes and times of change; files are not read. @throws an error of the operating system */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const root = await stat(path);
  const names = root.isDirectory() ? (await readdir(path, { recursive: true })).sort() : [];
  const hash = createHash('sha256');
  let newest = root.mtimeMs;
  let bytes = root.size;
  hash.update(`${root.size} ${root.mtimeMs}\n`);
  for (let at = 0; at < names.length; at += ASKED_TOGETHER) {
    const asked = names.slice(at, at + ASKED_TOGETHER);
    // What cannot be looked at cannot be packed either, and that is where it is reported.
    const answers = await Promise.all(asked.map((name) => stat(join(path, name)).catch(() => undefined)));
    for (const [i, found] of answers.entries()) {
      hash.update(`${JSON.stringify(asked[i])} ${found?.size} ${found?.mtimeMs}\n`);
      newest = Math.max(newest, found?.mtimeMs ?? 0);
      bytes += found?.size ?? 0;
    }
  }
  return { digest: hash.digest('hex'), newest, bytes };
}
