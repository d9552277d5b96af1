import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { EditionError, type EditionIndex, type IndexPart } from '../../../codecs/edition/index.js';
import { syncDirectory } from '../../../codecs/node/atomic-file.js';
import type { OnDamage } from '../../../codecs/node/record-file.js';
import { type Claims, createClaims } from './claims.js';
import { lookAt } from './folders.js';
import { listIn, type PartList, readPartList } from './part-list.js';
import { openPartRecords } from './part-records.js';
import { placePart } from './place-part.js';
import { removeOutdated } from './remove-outdated.js';
import { putTogether } from './whole-edition.js';

/** The parts of a bundle on the disk. Its calls come one after the other. */
export interface BundleParts {
  /** True when the newest edition has the part. */
  lists(sha256: string): boolean;
  /** True when a part stands in the directory of the bundle, or is kept until its edition is complete. */
  holds(sha256: string): boolean;
  /** Lists what stands there though no part is known: an earlier version of this program has written it. */
  adopt(): Promise<void>;
  /** From now on this is the newest edition. */
  use(index: EditionIndex): Promise<void>;
  /**
   * Takes a part of the newest edition that was unpacked in a directory.
   *
   * @throws EditionError when it cannot stand beside the others
   */
  take(part: IndexPart, list: PartList, unpacked: string): Promise<void>;
  /** Does what an earlier call could not. */
  settle(): Promise<void>;
}

/** Where the parts of a bundle are on their way; all on the file system of its directory. */
export interface PartPlaces {
  /** Directory of the bundle. */
  readonly target: string;
  /** Directory for what is not for readers. */
  readonly work: string;
  /** An edition appears as a whole or not at all. */
  readonly whole: boolean;
  /** Told of a list that is damaged. */
  readonly onDamage: OnDamage;
}

const EARLIER = 'earlier';

/**
 * Opens the parts that stand there. Each is a list in `standing`; one that lost a file to a newer part, and is to be
 * received again if it comes back, is in `remains`; one that is unpacked and on its way is in `ready`.
 */
export async function openBundleParts({ target, work, whole, onDamage }: PartPlaces): Promise<BundleParts> {
  const ready = join(work, 'ready');
  const replaced = join(work, 'replaced');
  await mkdir(ready, { recursive: true });
  await rm(replaced, { recursive: true, force: true });
  const standing = await openPartRecords(join(work, 'standing'), onDamage);
  const remains = await openPartRecords(join(work, 'remains'), onDamage);
  const waiting = new Set(await readdir(ready));
  const ignoresCase = lookAt(join(work, 'READY')) !== undefined;
  let newest: EditionIndex | undefined;
  let listed: ReadonlyMap<string, IndexPart> = new Map();
  /** Read when they are needed. */
  let claims: Claims | undefined;

  const unpackedIn = (sha256: string) => join(ready, sha256);
  const outdated = () => [...standing.names].filter((sha256) => !listed.has(sha256));
  const isThere = (sha256: string) =>
    (standing.names.has(sha256) && existsSync(target)) || (whole && waiting.has(sha256));

  async function discard(sha256: string): Promise<void> {
    await rm(unpackedIn(sha256), { recursive: true, force: true });
    waiting.delete(sha256);
  }

  /** Somebody may remove what was received, to receive it again. */
  async function forgetRemoved(): Promise<void> {
    if (standing.names.size + remains.names.size === 0 || existsSync(target)) return;
    claims = undefined;
    await standing.clear();
    await remains.clear();
  }

  /** What takes the place of a list of files to remove that is damaged: what is claimed stays. */
  async function listAll(): Promise<PartList> {
    return existsSync(target) ? listTree(target) : { files: [], directories: [] };
  }

  async function rollForward(): Promise<void> {
    for (const sha256 of [...waiting]) {
      const part = listed.get(sha256);
      const list = await readPartList(listIn(unpackedIn(sha256)), onDamage);
      if (part === undefined || list === undefined) await discard(sha256);
      else if (!whole) await place(part, list);
    }
  }

  async function readClaims(): Promise<Claims> {
    if (claims !== undefined) return claims;
    const read = createClaims();
    for (const sha256 of [...standing.names]) {
      const part = listed.get(sha256);
      const list = (await standing.read(sha256)) ?? (part === undefined ? await listAll() : undefined);
      if (list === undefined) await standing.remove(sha256);
      else if (part === undefined) read.addOutdated(sha256, list);
      else read.add(part, list);
    }
    for (const sha256 of whole ? waiting : []) {
      const list = await readPartList(listIn(unpackedIn(sha256)), onDamage);
      if (list !== undefined) read.add(listed.get(sha256)!, list);
    }
    claims = read;
    return read;
  }

  async function place(part: IndexPart, list: PartList): Promise<void> {
    const { sha256 } = part;
    const known = await readClaims();
    for (const other of known.replacedBy(list)) {
      if (standing.names.has(other)) await standing.moveTo(remains, other);
    }
    const unpacked = unpackedIn(sha256);
    if (await placePart({ unpacked, list, target, replaced })) {
      await standing.take(listIn(unpacked), sha256);
      known.add(part, list);
    }
    await discard(sha256);
  }

  async function finish(): Promise<void> {
    if (newest === undefined || ![...listed.keys()].every(isThere)) return;
    if (whole) await appear();
    else await removeAllOutdated();
    claims = undefined;
  }

  async function settle(): Promise<void> {
    await forgetRemoved();
    if (!whole) await rollForward();
    await finish();
  }

  async function removeAllOutdated(): Promise<void> {
    mkdirSync(target, { recursive: true });
    if (outdated().length + remains.names.size === 0) return;
    const known = await readClaims();
    // the list of one may turn out to be damaged
    if (![...listed.keys()].every(isThere)) return;
    const isKept = (path: string) => {
      const name = known.nameOf(path);
      return name === path || (ignoresCase && name !== undefined);
    };
    const lists = [
      ...outdated().map((name) => ({ records: standing, name })),
      ...[...remains.names].map((name) => ({ records: remains, name })),
    ];
    for (const { records, name } of lists) {
      await removeOutdated(target, (await records.read(name)) ?? (await listAll()), isKept);
      await records.remove(name);
    }
  }

  async function appear(): Promise<void> {
    const isUnchanged = waiting.size + outdated().length + remains.names.size === 0;
    if (isUnchanged && existsSync(target)) return;
    const parts = [];
    for (const sha256 of listed.keys()) {
      const unpacked = waiting.has(sha256) ? unpackedIn(sha256) : undefined;
      const list = await (unpacked === undefined
        ? standing.read(sha256)
        : readPartList(listIn(unpacked), onDamage));
      parts.push({ sha256, unpacked, list: list ?? { files: [], directories: [] } });
    }
    const lost = await putTogether(parts, target, work);
    if (lost !== undefined) {
      await standing.remove(lost);
      await discard(lost);
      return;
    }
    for (const sha256 of [...waiting]) {
      await standing.take(listIn(unpackedIn(sha256)), sha256);
      await discard(sha256);
    }
    for (const sha256 of outdated()) await standing.remove(sha256);
    await remains.clear();
  }

  return {
    lists: (sha256) => listed.has(sha256),
    holds: isThere,
    async adopt() {
      if (standing.names.size + remains.names.size > 0 || !existsSync(target)) return;
      await remains.write(EARLIER, await listTree(target));
    },
    async use(index) {
      newest = index;
      listed = new Map(index.parts.map((part) => [part.sha256, part]));
      claims = undefined;
      await forgetRemoved();
      await rollForward();
      await finish();
    },
    async take(part, list, unpacked) {
      await settle();
      if (isThere(part.sha256)) return;
      const known = await readClaims();
      const problem = known.conflict(part, list);
      if (problem !== undefined) throw new EditionError(problem);
      // somebody may have emptied the output directory meanwhile
      mkdirSync(ready, { recursive: true });
      renameSync(unpacked, unpackedIn(part.sha256));
      waiting.add(part.sha256);
      await syncDirectory(ready);
      if (whole) known.add(part, list);
      else await place(part, list);
      await finish();
    },
    settle,
  };
}

/** Everything in a directory as if it were a part. */
async function listTree(directory: string): Promise<PartList> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const pathOf = ({ parentPath, name }: { parentPath: string; name: string }) =>
    relative(directory, join(parentPath, name)).replaceAll(sep, '/');
  return {
    files: entries.filter((entry) => !entry.isDirectory()).map(pathOf),
    directories: entries.filter((entry) => entry.isDirectory()).map(pathOf),
  };
}
