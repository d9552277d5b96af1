import { accessSync, constants, type Dirent, type Stats, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BytesError, utf8Decode } from '../../codecs/bytes.js';
import {
  cutTree,
  EditionError,
  type ReadFile,
  type TreeEntry,
  type TreeFile,
} from '../../codecs/edition/index.js';
import { describeError } from '../../codecs/node/command.js';
import { hasUnprintable, printable } from '../../codecs/text.js';
import { EncodeError } from '../error.js';
import { isSecretKey } from '../keys/secret-key-file.js';
import { MAX_NAME_LENGTH } from '../options.js';
import { type Exclusion, type LeftOutBy, readExclusion, type Selection } from './exclusion.js';
import { createFileReader } from './file-reader.js';

/** What is to be sent. */
export interface Content {
  /** Name of the directory or file, for receivers. */
  readonly name: string;
  /** Of a hundred thousand files nothing may be here twice: `send` has them in memory while it packs. */
  readonly entries: readonly TreeEntry<SourceFile>[];
  readonly files: number;
  readonly directories: number;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly leftOut: LeftOut;
  /** Where a file stands. */
  pathOf(file: SourceFile): string;
  /** Files are read one after the other, since all are read into the same memory. */
  readonly read: ReadFile<SourceFile>;
}

/** Paths of what is left out, directories with a slash at their end; what is in them is not looked at. */
export type LeftOut = Readonly<Record<LeftOutBy, readonly string[]>>;

/** A file on the disk. */
export interface SourceFile extends TreeFile {
  /** As the file system has `path`. */
  readonly source: string;
  /** Unix time in milliseconds of its last change. */
  readonly mtimeMs: number;
}

export interface WalkOptions extends Selection {
  /** What receivers call it, in the place of the name of the directory or file. */
  readonly name?: string | undefined;
}

/**
 * Lists a directory and everything below it, or a single file, by normalised names (Unicode NFC). A bundle holds what a
 * receiver can have: symbolic links below the path are refused unless they are followed, special files always.
 *
 * @throws EncodeError that names everything which cannot be sent, or an error of the operating system that names the path
 */
export async function walk(path: string, options: WalkOptions = {}): Promise<Content> {
  const root = await stat(path);
  const name = requireBundleName(options.name ?? bundleName(path));
  const walking: Walking = {
    root: root.isDirectory() ? path : dirname(path),
    followLinks: options.followLinks === true,
    exclusion: await readExclusion(path, options),
    entries: [],
    leftOut: { system: [], pattern: [] },
    problems: [],
  };
  if (root.isDirectory()) await walkDirectory('', '', [root], walking);
  else if (root.isFile()) addFile(basename(path), bundleName(path), root, walking);
  else throw new EncodeError(`${path} is neither a directory nor a file: it cannot be sent.`);
  const { root: directory, entries, leftOut, problems } = walking;
  if (problems.length > 0) throw new EncodeError([...problems, ...nameProblems(entries)].join('\n'));

  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    files++;
    bytes += entry.size;
  }
  if (files === 0) {
    const but = leftOut.system.length + leftOut.pattern.length > 0 ? ' but what is left out' : '';
    throw new EncodeError(`${path} holds no files${but}: there is nothing to send.`);
  }
  const pathOf = ({ source }: SourceFile) => join(directory, source);
  const read = createFileReader();
  return {
    name,
    entries,
    files,
    directories: entries.length - files,
    bytes,
    leftOut,
    pathOf,
    read: (file) => read(pathOf(file)),
  };
}

/** @throws EncodeError */
function requireBundleName(name: string): string {
  if (name.length > 0 && name.length <= MAX_NAME_LENGTH && !hasUnprintable(name) && !/^\s/.test(name))
    return name;
  throw new EncodeError(
    `A bundle cannot have the name ${printable(name)}: give it one of ${MAX_NAME_LENGTH} visible characters at most that begins with none of white space.`,
  );
}

/** Names that cannot be sent, for a list that has other problems already. */
function nameProblems(entries: readonly TreeEntry[]): string[] {
  try {
    cutTree(entries);
    return [];
  } catch (error) {
    if (!(error instanceof EditionError)) throw error;
    return [error.message];
  }
}

/** What receivers call what stands at a path. */
export function bundleName(path: string): string {
  return basename(resolve(path)).normalize('NFC') || 'bundle';
}

interface Walking {
  /** Directory that what is found stands in. */
  readonly root: string;
  readonly followLinks: boolean;
  readonly exclusion: Exclusion;
  readonly entries: TreeEntry<SourceFile>[];
  readonly leftOut: Record<LeftOutBy, string[]>;
  /** Sentences about what cannot be sent. */
  readonly problems: string[];
}

/**
 * @param source path below the root as the file system has it, empty or with a slash at its end
 * @param prefix the same in the bundle
 * @param above the directory and those that it is in
 */
async function walkDirectory(
  source: string,
  prefix: string,
  above: readonly Stats[],
  walking: Walking,
): Promise<void> {
  const { root, exclusion, entries, leftOut, problems } = walking;
  const directory = join(root, source);
  for (const child of await childrenOf(directory, problems)) {
    const childName = nameOf(child);
    if (childName === undefined) {
      problems.push(
        `${printable(directory)} holds a name that is not UTF-8 (${printable(child.name.toString('latin1'))}): give it another one.`,
      );
      continue;
    }
    const childSource = `${source}${childName}`;
    const bundlePath = `${prefix}${childName.normalize('NFC')}`;
    const childPath = join(root, childSource);
    const isDirectory = child.isDirectory() || leadsToDirectory(child, childPath, walking);
    const by = exclusion.leftOutBy(bundlePath, isDirectory);
    if (by !== undefined) {
      leftOut[by].push(isDirectory ? `${bundlePath}/` : bundlePath);
      continue;
    }
    const found = look(child, childPath, walking);
    if (found === undefined) continue;
    if (!found.isDirectory()) addFile(childSource, bundlePath, found, walking);
    else if (above.some(({ dev, ino }) => found.dev === dev && found.ino === ino)) {
      problems.push(`${printable(childPath)} leads to a directory that it is in: remove this link.`);
    } else {
      entries.push({ kind: 'directory', path: bundlePath });
      await walkDirectory(`${childSource}/`, `${bundlePath}/`, [...above, found], walking);
    }
  }
}

async function childrenOf(directory: string, problems: string[]): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    problems.push(describeError(error));
    return [];
  }
}

function leadsToDirectory(child: Dirent<Buffer>, path: string, { followLinks }: Walking): boolean {
  if (!followLinks || !child.isSymbolicLink()) return false;
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * The directory or file that is to be sent; undefined when there is a problem with it. Synchronous: with thousands of files,
 * waiting for each takes longer than asking.
 */
function look(child: Dirent<Buffer>, path: string, { followLinks, problems }: Walking): Stats | undefined {
  if (child.isSymbolicLink() && !followLinks) {
    problems.push(
      `${printable(path)} is a symbolic link. Put a copy of what it leads to in its place, remove it, or give --follow-links.`,
    );
    return undefined;
  }
  let found: Stats;
  try {
    found = statSync(path);
  } catch (error) {
    problems.push(
      child.isSymbolicLink()
        ? `${printable(path)} is a symbolic link that leads nowhere: remove it.`
        : describeError(error),
    );
    return undefined;
  }
  if (found.isDirectory() || found.isFile()) return found;
  problems.push(
    `${printable(path)} is neither a directory nor a file: it cannot be sent. Remove it from the directory.`,
  );
  return undefined;
}

/** Undefined when it is not UTF-8. */
function nameOf(child: Dirent<Buffer>): string | undefined {
  try {
    return utf8Decode(child.name);
  } catch (error) {
    if (!(error instanceof BytesError)) throw error;
    return undefined;
  }
}

function addFile(source: string, path: string, found: Stats, { root, entries, problems }: Walking): void {
  const { size, mtimeMs } = found;
  const place = join(root, source);
  try {
    // Better now than after an hour of compressing.
    accessSync(place, constants.R_OK);
    if (isSecretKey(place, size)) {
      problems.push(`${printable(place)} is a secret key: it would be sent to everybody. Move it elsewhere.`);
      return;
    }
  } catch (error) {
    problems.push(describeError(error));
    return;
  }
  // Most names are normalised: they are in memory once.
  entries.push({ kind: 'file', path, size, source: source === path ? path : source, mtimeMs });
}
