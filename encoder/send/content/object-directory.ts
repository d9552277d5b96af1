import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../codecs/node/atomic-file.js';
import type { OpenFile } from '../../../codecs/node/open-file.js';
import { removeStale, temporaryName } from '../../../codecs/node/temporary-file.js';

/** What an object is: a part of an edition, or its index. */
export type ObjectKind = 'part' | 'index';

const SUFFIXES: Readonly<Record<ObjectKind, string>> = { part: '.tar.zst', index: '.json.zst' };
const UNFINISHED = 'object';
const UNFINISHED_SUFFIX = '.part';
/** 64 hexadecimal digits of SHA-256, then what it is. */
const OBJECT_NAME = /^([0-9a-f]{64})\.(?:tar|json)\.zst$/;

/** Where an object stands in a directory of objects: its name is its SHA-256. */
export function objectPath(directory: string, kind: ObjectKind, sha256: string): string {
  return join(directory, sha256 + SUFFIXES[kind]);
}

/** An object that is being written. */
export interface UnfinishedObject {
  readonly file: OpenFile;
  /** Gives it its name when it is on the disk. */
  finish(kind: ObjectKind, sha256: string): Promise<void>;
  /** Leaves nothing of it. */
  discard(): Promise<void>;
}

/** Begins an object; it has a name of its own only when it is complete. */
export async function createObject(directory: string): Promise<UnfinishedObject> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = temporaryName(join(directory, UNFINISHED), UNFINISHED_SUFFIX);
  const handle = await open(path, 'wx+', 0o600);
  return {
    // A person can do more about the directory than about a name that is gone.
    file: { descriptor: handle.fd, path: directory },
    async finish(kind, sha256) {
      await handle.sync();
      await handle.close();
      await rename(path, objectPath(directory, kind, sha256));
      await syncDirectory(directory);
    },
    async discard() {
      await handle.close().catch(() => {});
      await rm(path, { force: true });
    },
  };
}

/** True when an object is there with this length; its content is not looked at. */
export async function isThere(path: string, length: number): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found?.size === length;
}

/** True when an object is there and is what its name says. */
export async function isIntact(path: string, sha256: string, length: number): Promise<boolean> {
  if (!(await isThere(path, length))) return false;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  return hash.digest('hex') === sha256;
}

/** Removes the objects that nobody needs, and what a run that was killed has left of others. */
export async function sweep(directory: string, isNeeded: (sha256: string) => boolean): Promise<void> {
  await removeStale(join(directory, UNFINISHED), UNFINISHED_SUFFIX);
  for (const name of await readdir(directory).catch(() => [])) {
    const [, sha256] = OBJECT_NAME.exec(name) ?? [];
    if (sha256 !== undefined && !isNeeded(sha256)) await rm(join(directory, name), { force: true });
  }
}
