import { link, mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { namedError } from '../../codecs/node/open-file.js';
import { temporaryName } from '../../codecs/node/temporary-file.js';

/** A file of a key directory. */
export type KeyFileContent = readonly [name: string, text: string, mode: number];

/**
 * All of them or none, also on a full disk: half a set of keys is of no use and would stand in the way of the next try.
 *
 * @param then what has to be done with them: when it fails, they go
 */
export async function writeKeyFiles(
  directory: string,
  files: readonly KeyFileContent[],
  then: () => Promise<void> = async () => {},
): Promise<void> {
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  try {
    for (const [name, text, mode] of files) {
      const target = join(directory, name);
      const path = temporaryName(target, UNFINISHED);
      written.push(path);
      await writeNew(path, text, mode).catch(namedError(target));
    }
    for (const [i, [name]] of files.entries()) {
      const path = join(directory, name);
      await link(written[i]!, path).catch((error: NodeJS.ErrnoException) => {
        // where there are no links; a link replaces nothing, unlike a rename
        if (error.code === 'EEXIST' || error.code === 'ENOSPC') throw error;
        return rename(written[i]!, path);
      });
      written.push(path);
    }
    await syncDirectory(directory);
    if (made !== undefined) await syncDirectory(dirname(resolve(made)));
    await then();
  } catch (error) {
    for (const path of written) await rm(path, { force: true }).catch(() => {});
    if (made !== undefined) await rmdir(directory).catch(() => {});
    throw error;
  }
  for (const path of written.slice(0, files.length)) await rm(path, { force: true });
}

const UNFINISHED = '.part';

/** Writes a new file and sees it onto the disk. */
async function writeNew(path: string, text: string, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The text of a file, or undefined when it does not exist. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error;
  }
}
