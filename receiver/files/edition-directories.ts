import { existsSync, renameSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { lockFile } from '../../codecs/node/lock.js';
import { ReceiveError } from '../error.js';

/** Inside the output directory; no bundle is called so, since safe names do not begin with a dot. */
export const WORK_DIRECTORY = '.receiving';

/**
 * The directory that holds the newest edition of each bundle. An edition is unpacked in a hidden directory beside the
 * others and takes its place when it is complete and on the disk.
 */
export interface EditionDirectories {
  readonly directory: string;
  /** An empty directory to unpack a bundle in, which is to be called `name`. */
  prepare(name: string): Promise<string>;
  /** What was prepared takes the place of the edition before it. */
  commit(name: string): Promise<void>;
  /** What was prepared is of no use. */
  discard(name: string): Promise<void>;
  holds(name: string): boolean;
  /** Everything that stands there, whoever put it there. */
  names(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Makes the output directory if it does not exist. What a killed run had made ready is put in its place now, and the rest
 * of it is removed.
 *
 * @throws ReceiveError when another process writes there; errors of the operating system
 */
export async function openEditionDirectories(directory: string): Promise<EditionDirectories> {
  const unpacking = join(directory, WORK_DIRECTORY, 'unpacking');
  const ready = join(directory, WORK_DIRECTORY, 'ready');
  const replaced = join(directory, WORK_DIRECTORY, 'replaced');
  await mkdir(ready, { recursive: true });
  const unlock = await lock(join(directory, WORK_DIRECTORY, 'lock'), directory);
  try {
    for (const name of await readdir(ready)) await swap(name);
    for (const each of [unpacking, replaced]) await empty(each);
  } catch (error) {
    await unlock();
    throw error;
  }

  /** A kill between the two renames leaves the new edition among those that are ready: the next start puts it in place. */
  async function swap(name: string): Promise<void> {
    const target = join(directory, name);
    await rm(join(replaced, name), { recursive: true, force: true });
    await mkdir(replaced, { recursive: true });
    if (existsSync(target)) renameSync(target, join(replaced, name));
    renameSync(join(ready, name), target);
    await syncDirectory(directory);
    await rm(join(replaced, name), { recursive: true, force: true });
  }

  return {
    directory,
    async prepare(name) {
      const prepared = join(unpacking, name);
      await rm(prepared, { recursive: true, force: true });
      await mkdir(prepared, { recursive: true });
      return prepared;
    },
    async commit(name) {
      await rm(join(ready, name), { recursive: true, force: true });
      // somebody may have emptied the output directory meanwhile
      await mkdir(ready, { recursive: true });
      renameSync(join(unpacking, name), join(ready, name));
      await syncDirectory(ready);
      await swap(name);
    },
    discard: (name) => rm(join(unpacking, name), { recursive: true, force: true }),
    holds: (name) => existsSync(join(directory, name)),
    close: unlock,
    names: async () => (await readdir(directory)).filter((name) => name !== WORK_DIRECTORY),
  };
}

async function lock(path: string, directory: string): Promise<() => Promise<void>> {
  const locked = await lockFile(path);
  if (typeof locked === 'function') return locked;
  throw new ReceiveError(
    `Another process (${locked.holder}) writes to ${directory}: give each receiver its own --out. ` +
      `If that process is something else, remove ${path}.`,
  );
}

async function empty(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
}
