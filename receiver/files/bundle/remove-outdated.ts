import { rmdirSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../../codecs/error-code.js';
import { foldersOf } from './claims.js';
import { createFolders, lookAt, syncDirectories } from './folders.js';
import type { PartList } from './part-list.js';

/**
 * Removes the files and empty directories of a part that nothing claims any more, and directories above them that are empty
 * then. What is gone already is left out.
 *
 * @param isKept whether a path in the directory of the bundle is of the newest edition
 */
export async function removeOutdated(
  target: string,
  list: PartList,
  isKept: (path: string) => boolean,
): Promise<void> {
  const changed = new Set<string>();
  const folders = createFolders(target);
  for (const path of list.files) {
    if (isKept(path) || !folders.has(parentOf(path))) continue;
    const file = join(target, path);
    const standing = lookAt(file);
    // a newer part may have made a directory of it
    if (standing === undefined || standing.isDirectory()) continue;
    unlinkSync(file);
    changed.add(dirname(file));
  }
  const emptied = new Set([...foldersOf(list.files), ...foldersOf(list.directories), ...list.directories]);
  const inner = [...emptied].sort((a, b) => b.length - a.length);
  for (const path of inner) {
    if (isKept(path) || !folders.has(path)) continue;
    const directory = join(target, path);
    if (removeEmpty(directory)) changed.add(dirname(directory));
  }
  await syncDirectories(changed);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
