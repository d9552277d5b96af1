import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasCode } from '../../codecs/error-code.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { removeStale, temporaryName } from '../../codecs/node/temporary-file.js';
import { ReceiveError } from '../error.js';

/** A directory beside the output, where everything is prepared: the output appears complete or not at all. */
export interface Staging {
  /** For temporary files. */
  readonly work: string;
  /** What becomes the output directory. */
  readonly content: string;
  /** Moves the content to its place. */
  commit(): Promise<void>;
  /** Removes what is left. */
  remove(): Promise<void>;
}

const SUFFIX = '.receiving';

/**
 * Makes the staging directory, and removes those that earlier, killed runs left.
 *
 * @param out must not exist, or be an empty directory, unless it is updated
 * @throws ReceiveError
 */
export async function openStaging(out: string, isUpdated = false): Promise<Staging> {
  const target = resolve(out);
  const parent = dirname(target);
  if (!isUpdated) await requireFree(out, target, parent);
  // a directory that cannot be listed can still be written to
  await removeStale(target, SUFFIX).catch(() => {});
  const work = temporaryName(target, SUFFIX);
  const content = join(work, 'content');
  try {
    await mkdir(work, { mode: 0o700 });
    await mkdir(content);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw Object.assign(error as Error, { path: parent });
    throw new ReceiveError(`Nothing can be written in ${parent}: give another place with --out.`);
  }
  return {
    work,
    content,
    async commit() {
      await syncDirectory(content);
      // An empty directory gives way to the rename, but not on Windows.
      if (process.platform === 'win32') await rmdir(target).catch(() => {});
      try {
        await rename(content, target);
      } catch (error) {
        if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EBUSY', 'EXDEV')) throw error;
        throw new ReceiveError(
          hasCode(error, 'EBUSY', 'EXDEV')
            ? `${out} is a mount point and cannot be replaced: give a directory below it with --out.`
            : `${out} was filled while the recordings were read: nothing was written.`,
        );
      }
      await syncDirectory(parent);
    },
    remove: () => rm(work, { recursive: true, force: true }),
  };
}

async function requireFree(out: string, target: string, parent: string): Promise<void> {
  const above = await stat(parent).catch(() => undefined);
  if (!above?.isDirectory()) {
    throw new ReceiveError(`${parent} is no directory: make it first, or give another place with --out.`);
  }
  const existing = await stat(target).catch(() => undefined);
  if (existing === undefined) return;
  if (!existing.isDirectory()) {
    throw new ReceiveError(`${out} exists and is not a directory: give another name with --out.`);
  }
  const held = await readdir(target);
  if (held.length > 0) {
    throw new ReceiveError(
      `${out} is not empty (it holds ${held[0]}) and is no output of an earlier run: nothing is overwritten, give a new or empty directory with --out.`,
    );
  }
}
