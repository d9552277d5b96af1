import { createReadStream, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from '../../../codecs/error-code.js';
import { replaceFile, syncDirectory } from '../../../codecs/node/atomic-file.js';
import { createFolders, lookAt, syncDirectories } from './folders.js';
import { type PartList, unpackedFile } from './part-list.js';

/** A part of an edition that appears as a whole. */
export interface WholePart {
  readonly sha256: string;
  readonly list: PartList;
  /** Directory that it is unpacked in; undefined when its files stand in the directory of the bundle. */
  readonly unpacked: string | undefined;
}

/**
 * Puts the directory of an edition together beside that of the edition before it, and in its place. What is taken stays where
 * it is as well, so that a killed run can be repeated.
 *
 * @param target directory of the bundle
 * @param work directory for what is not for readers
 * @returns the digest of a part that lacks a file; then nothing has changed
 */
export async function putTogether(
  parts: readonly WholePart[],
  target: string,
  work: string,
): Promise<string | undefined> {
  const next = join(work, 'next');
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const folders = createFolders(next);
  const changed = new Set([next]);
  for (const { sha256, list, unpacked } of parts) {
    for (const path of list.directories) folders.make(path);
    for (const [number, path] of list.files.entries()) {
      const from = unpacked === undefined ? join(target, path) : unpackedFile(unpacked, number);
      if (!lookAt(from)?.isFile()) return sha256;
      folders.makeAbove(path);
      const to = join(next, path);
      if (!link(from, to)) await replaceFile(to, createReadStream(from));
      changed.add(dirname(to));
    }
  }
  await syncDirectories(new Set([...changed, ...folders.changed]));
  renameSync(next, join(work, COMPLETE));
  await syncDirectory(work);
  await swapIn(target, work);
  return undefined;
}

/** An edition that is put together and only has to take its place. */
const COMPLETE = 'complete';

/** Lets an edition that is put together take its place, if there is one. */
export async function swapIn(target: string, work: string): Promise<void> {
  const complete = join(work, COMPLETE);
  if (lookAt(complete) === undefined) return;
  const replaced = join(work, 'replaced');
  if (lookAt(target) !== undefined) {
    rmSync(replaced, { recursive: true, force: true });
    renameSync(target, replaced);
  }
  renameSync(complete, target);
  await syncDirectory(dirname(target));
  rmSync(replaced, { recursive: true, force: true });
}

/** @returns false where the file system has no links */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EINVAL')) throw error;
    return false;
  }
}
