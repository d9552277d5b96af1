import { createHash, type Hash } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exclusion, readExclusion, type Selection } from '../../content/exclusion.js';

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

/**
 * Looks at names, sizes and times of change of what is content; files are not read.
 *
 * @throws an error of the operating system, EncodeError when the patterns of what is left out cannot be used
 */
export async function fingerprint(path: string, selection: Selection = {}): Promise<Fingerprint> {
  const root = await stat(path);
  const exclusion = await readExclusion(path, selection);
  const looking: Looking = {
    root: path,
    exclusion,
    followLinks: selection.followLinks === true,
    hash: createHash('sha256').update(`${JSON.stringify(exclusion.text)}\n`),
    newest: root.mtimeMs,
    bytes: root.size,
  };
  if (root.isDirectory()) await lookInto('', [root], looking);
  else looking.hash.update(`${root.size} ${root.mtimeMs}\n`);
  return { digest: looking.hash.digest('hex'), newest: looking.newest, bytes: looking.bytes };
}

interface Looking {
  readonly root: string;
  readonly exclusion: Exclusion;
  readonly followLinks: boolean;
  readonly hash: Hash;
  newest: number;
  bytes: number;
}

/**
 * One directory after the other: the names of a hundred thousand files need not be in memory together.
 *
 * @param above the directory and those that it is in
 */
async function lookInto(directory: string, above: readonly Stats[], looking: Looking): Promise<void> {
  const { root, hash } = looking;
  const children = await readdir(join(root, directory), { withFileTypes: true });
  const content = children.filter((child) => isContent(child, join(directory, child.name), looking));
  content.sort((a, b) => (a.name < b.name ? -1 : 1));
  const below: [directory: string, found: Stats][] = [];
  for (let at = 0; at < content.length; at += ASKED_TOGETHER) {
    const names = content.slice(at, at + ASKED_TOGETHER).map(({ name }) => join(directory, name));
    // What cannot be looked at cannot be packed either, and that is where it is reported.
    const answers = await Promise.all(names.map((name) => stat(join(root, name)).catch(() => undefined)));
    for (const [i, found] of answers.entries()) {
      looking.newest = Math.max(looking.newest, found?.mtimeMs ?? 0);
      looking.bytes += found?.size ?? 0;
      if (!found?.isDirectory()) {
        hash.update(`${JSON.stringify(names[i])} ${found?.size} ${found?.mtimeMs}\n`);
        continue;
      }
      // a directory changes when something comes into it that is left out
      hash.update(`${JSON.stringify(names[i])}\n`);
      const isLoop = above.some(({ dev, ino }) => found.dev === dev && found.ino === ino);
      const isFollowed = looking.followLinks || !content[at + i]!.isSymbolicLink();
      if (isFollowed && !isLoop) below.push([names[i]!, found]);
    }
  }
  for (const [name, found] of below) await lookInto(name, [...above, found], looking);
}

/** A link that leads to a directory is taken for a file: at most, too much is looked at. */
function isContent(child: Dirent, path: string, { exclusion }: Looking): boolean {
  return exclusion.leftOutBy(path.normalize('NFC'), child.isDirectory()) === undefined;
}
