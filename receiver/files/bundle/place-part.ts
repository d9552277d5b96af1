import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../../codecs/error-code.js';
import { createFolders, lookAt, syncDirectories } from './folders.js';
import { type PartList, unpackedFile } from './part-list.js';

export interface Placing {
  /** Directory that the part is unpacked in. */
  readonly unpacked: string;
  readonly list: PartList;
  /** Directory of the bundle; made if it does not exist. */
  readonly target: string;
  /** Directory beside it for what makes way. */
  readonly replaced: string;
}

/**
 * Renames the files of a part into their places, over what stands there, and sees the names onto the disk. What a killed run
 * has placed already is left where it is.
 *
 * @returns false when a file is neither unpacked nor in its place: the part is lost
 */
export async function placePart({ unpacked, list, target, replaced }: Placing): Promise<boolean> {
  const changed = new Set<string>();
  if (mkdirSync(target, { recursive: true }) !== undefined) changed.add(dirname(target));
  const folders = createFolders(target);
  // what needs room on the disk comes first
  for (const path of list.files) folders.makeAbove(path);
  for (const path of list.directories) folders.make(path);
  for (const [number, path] of list.files.entries()) {
    const from = unpackedFile(unpacked, number);
    const to = join(target, path);
    if (!moveOver(from, to, join(replaced, String(number)))) return false;
    changed.add(dirname(to));
  }
  await syncDirectories(new Set([...changed, ...folders.changed]));
  rmSync(replaced, { recursive: true, force: true });
  return true;
}

/** @returns false when there is nothing to move, and nothing that was moved before */
function moveOver(from: string, to: string, aside: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const standing = lookAt(to);
    if (hasCode(error, 'ENOENT')) return standing?.isFile() ?? false;
    if (!standing?.isDirectory()) throw error;
  }
  // a file takes the place of a directory
  mkdirSync(dirname(aside), { recursive: true });
  renameSync(to, aside);
  renameSync(from, to);
  return true;
}
