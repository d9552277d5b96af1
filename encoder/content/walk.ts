import { accessSync, constants, type Dirent, lstatSync, openSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BytesError, utf8Decode } from '../../codecs/bytes.js';
import type { ReadFile, TreeEntry, TreeFile } from '../../codecs/edition/index.js';
import { closeFile, readAt } from '../../codecs/node/open-file.js';
import { hasUnprintable, printable } from '../../codecs/text.js';
import { EncodeError } from '../error.js';

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
  /** Where a file stands. */
  pathOf(file: SourceFile): string;
  /** Files are read one after the other, since all are read into the same memory. */
  readonly read: ReadFile<SourceFile>;
}

/** A file on the disk. */
export interface SourceFile extends TreeFile {
  /** As the file system has `path`. */
  readonly source: string;
  /** Unix time in milliseconds of its last change. */
  readonly mtimeMs: number;
}

/** Bytes of a file that are read at a time. */
const READ_BYTES = 256 * 1024;
/** What the index of an edition can say (docs/wire-format.md). */
const MAX_NAME_LENGTH = 200;

/**
 * Lists a directory and everything below it, or a single file, by normalised names (Unicode NFC). Symbolic links
 * below the path and special files are refused: a bundle holds what a receiver can have.
 *
 * @throws EncodeError that names everything which cannot be sent, or an error of the operating system that names the path
 */
export async function walk(path: string): Promise<Content> {
  const root = await stat(path);
  const name = bundleName(path);
  if (name.length > MAX_NAME_LENGTH || hasUnprintable(name) || /^\s/.test(name)) {
    throw new EncodeError(
      `A bundle cannot have the name ${printable(name)}: give the directory or file one of ${MAX_NAME_LENGTH} visible characters at most that begins with none of white space.`,
    );
  }
  const found: Found = { root: root.isDirectory() ? path : dirname(path), entries: [], problems: [] };
  if (root.isDirectory()) await walkDirectory('', '', found);
  else if (root.isFile()) addFile(basename(path), name, found);
  else throw new EncodeError(`${path} is neither a directory nor a file: it cannot be sent.`);
  if (found.problems.length > 0) throw new EncodeError(found.problems.join('\n'));

  const { root: directory, entries } = found;
  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    files++;
    bytes += entry.size;
  }
  if (files === 0) throw new EncodeError(`${path} holds no files: there is nothing to send.`);
  const pathOf = ({ source }: SourceFile) => join(directory, source);
  const read = createFileReader();
  return {
    name,
    entries,
    files,
    directories: entries.length - files,
    bytes,
    pathOf,
    read: (file) => read(pathOf(file)),
  };
}

/** What receivers call what stands at a path. */
export function bundleName(path: string): string {
  return basename(resolve(path)).normalize('NFC') || 'bundle';
}

interface Found {
  /** Directory that what is found stands in. */
  readonly root: string;
  readonly entries: TreeEntry<SourceFile>[];
  /** Sentences about what cannot be sent. */
  readonly problems: string[];
}

/**
 * @param source path below the root as the file system has it, empty or with a slash at its end
 * @param prefix the same in the bundle
 */
async function walkDirectory(source: string, prefix: string, found: Found): Promise<void> {
  const { root, entries, problems } = found;
  const directory = join(root, source);
  for (const child of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const childName = nameOf(child);
    if (childName === undefined) {
      problems.push(
        `${printable(directory)} holds a name that is not UTF-8 (${printable(child.name.toString('latin1'))}): give it another one.`,
      );
      continue;
    }
    const childSource = `${source}${childName}`;
    const childPath = join(root, childSource);
    const bundlePath = `${prefix}${childName.normalize('NFC')}`;
    if (child.isDirectory()) {
      entries.push({ kind: 'directory', path: bundlePath });
      await walkDirectory(`${childSource}/`, `${bundlePath}/`, found);
    } else if (child.isFile()) {
      addFile(childSource, bundlePath, found);
    } else if (child.isSymbolicLink()) {
      problems.push(
        `${printable(childPath)} is a symbolic link. Links cannot be sent: put a copy of the file in its place, or remove it.`,
      );
    } else {
      problems.push(
        `${printable(childPath)} is neither a directory nor a file: it cannot be sent. Remove it from the directory.`,
      );
    }
  }
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

/** Synchronous: with thousands of files, waiting for each takes longer than asking. */
function addFile(source: string, path: string, { root, entries }: Found): void {
  const place = join(root, source);
  const { size, mtimeMs } = lstatSync(place);
  // Better now than after an hour of compressing.
  accessSync(place, constants.R_OK);
  // Most names are normalised: they are in memory once.
  entries.push({ kind: 'file', path, size, source: source === path ? path : source, mtimeMs });
}

type FileReader = (path: string) => AsyncGenerator<Uint8Array>;

/** Reads into the same memory again and again: the garbage collector is in no hurry with what lies outside its heap. */
function createFileReader(): FileReader {
  const memory = new Uint8Array(READ_BYTES);
  return async function* read(path) {
    const file = { descriptor: openSync(path, 'r'), path };
    try {
      let count = memory.length;
      for (let position = 0; count === memory.length; position += count) {
        count = readAt(file, memory, position);
        if (count > 0) yield memory.subarray(0, count);
      }
    } finally {
      closeFile(file);
    }
  };
}
