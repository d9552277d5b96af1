import { lstatSync, mkdirSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentsOf } from '../../../codecs/edition/index.js';
import { hasCode } from '../../../codecs/error-code.js';
import { syncDirectory } from '../../../codecs/node/atomic-file.js';

/** The directories below one, each looked at once: a link to elsewhere is none of them. */
export interface Folders {
  /** True when a path and all above it are directories. */
  has(path: string): boolean;
  /** Makes a directory and those above it; a file or a link in its way is removed. */
  make(path: string): void;
  /** Makes the directories above a path. */
  makeAbove(path: string): void;
  /** Directories that got an entry when another one was made in them. */
  readonly changed: ReadonlySet<string>;
}

/** @param root exists */
export function createFolders(root: string): Folders {
  const known = new Map([['', true]]);
  const changed = new Set<string>();

  function look(path: string): boolean {
    let is = known.get(path);
    if (is === undefined) {
      is = lookAt(join(root, path))?.isDirectory() ?? false;
      known.set(path, is);
    }
    return is;
  }

  function makeOne(path: string): void {
    if (look(path)) return;
    const target = join(root, path);
    if (lookAt(target) !== undefined) unlinkSync(target);
    mkdirSync(target);
    known.set(path, true);
    changed.add(dirname(target));
  }

  function makeAbove(path: string): void {
    if (look(path.slice(0, Math.max(0, path.lastIndexOf('/'))))) return;
    for (const parent of parentsOf(path)) makeOne(parent);
  }

  return {
    changed,
    has: (path) => [...parentsOf(path), path].every(look),
    make(path) {
      makeAbove(path);
      makeOne(path);
    },
    makeAbove,
  };
}

/** What stands at a path, a link as itself; undefined when there is nothing. */
export function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // a file stands where a directory above it would be, or a damaged list has a name that nothing can have
    if (hasCode(error, 'ENOTDIR', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}

/** Waits that come together. */
const MAX_SYNCING = 16;

/** Sees the names in many directories onto the disk; one that is gone is left out. */
export async function syncDirectories(directories: Iterable<string>): Promise<void> {
  const left = [...directories];
  const work = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      await syncDirectory(next).catch((error) => {
        if (!hasCode(error, 'ENOENT')) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: MAX_SYNCING }, work));
}
