import { mkdirSync, renameSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../../../codecs/node/atomic-file.js';
import type { OnDamage } from '../../../codecs/node/record-file.js';
import { type PartList, readPartList, writePartList } from './part-list.js';

/** The lists of parts that have come to the same state: a file each, which the digest of its part names. */
export interface PartRecords {
  /** Digests, lower-case hexadecimal. */
  readonly names: ReadonlySet<string>;
  /** Undefined when somebody has removed it, or it is damaged. */
  read(name: string): Promise<PartList | undefined>;
  write(name: string, list: PartList): Promise<void>;
  /** Takes the file of a list from where it stands. */
  take(path: string, name: string): Promise<void>;
  /** Gives a list to other records. */
  moveTo(other: PartRecords, name: string): Promise<void>;
  remove(name: string): Promise<void>;
  clear(): Promise<void>;
}

const SUFFIX = '.json';

/** Makes the directory if it does not exist. */
export async function openPartRecords(directory: string, onDamage: OnDamage): Promise<PartRecords> {
  await mkdir(directory, { recursive: true });
  // names that begin with a dot are of files that a killed run was writing
  const found = (await readdir(directory)).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'));
  const names = new Set(found.map((name) => name.slice(0, -SUFFIX.length)));
  const file = (name: string) => join(directory, name + SUFFIX);

  return {
    names,
    read: (name) => readPartList(file(name), onDamage),
    async write(name, list) {
      await writePartList(file(name), list);
      names.add(name);
    },
    async take(path, name) {
      // somebody may have emptied the output directory meanwhile
      mkdirSync(directory, { recursive: true });
      renameSync(path, file(name));
      names.add(name);
      await syncDirectory(directory);
      await syncDirectory(dirname(path));
    },
    async moveTo(other, name) {
      await other.take(file(name), name);
      names.delete(name);
    },
    async remove(name) {
      await rm(file(name), { force: true });
      names.delete(name);
    },
    async clear() {
      await rm(directory, { recursive: true, force: true });
      names.clear();
      await mkdir(directory, { recursive: true });
    },
  };
}
