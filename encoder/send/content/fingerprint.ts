import { createHash, type Hash } from 'node:crypto';
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
  const seen = { hash: createHash('sha256'), newest: root.mtimeMs, bytes: root.size };
  seen.hash.update(`${root.size} ${root.mtimeMs}\n`);
  if (root.isDirectory()) await lookInto(path, '', seen);
  return { digest: seen.hash.digest('hex'), newest: seen.newest, bytes: seen.bytes };
}

interface Seen {
  readonly hash: Hash;
  newest: number;
  bytes: number;
}

/** One directory after the other: the names of a hundred thousand files need not be in memory together. */
async function lookInto(root: string, directory: string, seen: Seen): Promise<void> {
  const children = await readdir(join(root, directory), { withFileTypes: true });
  children.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (let at = 0; at < children.length; at += ASKED_TOGETHER) {
    const asked = children.slice(at, at + ASKED_TOGETHER);
    const names = asked.map(({ name }) => join(directory, name));
    // What cannot be looked at cannot be packed either, and that is where it is reported.
    const answers = await Promise.all(names.map((name) => stat(join(root, name)).catch(() => undefined)));
    for (const [i, found] of answers.entries()) {
      seen.hash.update(`${JSON.stringify(names[i])} ${found?.size} ${found?.mtimeMs}\n`);
      seen.newest = Math.max(seen.newest, found?.mtimeMs ?? 0);
      seen.bytes += found?.size ?? 0;
    }
  }
  for (const child of children) {
    if (child.isDirectory()) await lookInto(root, join(directory, child.name), seen);
  }
}
