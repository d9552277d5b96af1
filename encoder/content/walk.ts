import { accessSync, constants, createReadStream, type Dirent, lstatSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { BundleEntry } from '../../codecs/bundle/index.js';
import { BytesError, utf8Decode } from '../../codecs/bytes.js';
import { EncodeError } from '../error.js';

/** What is to be sent. */
export interface Content {
  /** Name of the directory or file, for receivers. */
  readonly name: string;
  readonly entries: readonly BundleEntry[];
  readonly files: number;
  readonly directories: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

/** Directories are read one after the other, files only when they are packed. */
const READ_CHUNK_BYTES = 1024 * 1024;

/**
 * Lists a directory and everything below it, or a single file, by normalised names (Unicode NFC). Symbolic links
 * below the path and special files are refused: a bundle holds what a receiver can have.
 *
 * @throws EncodeError, or an error of the operating system that names the path
 */
export async function walk(path: string): Promise<Content> {
  const root = await stat(path);
  const name = basename(resolve(path)).normalize('NFC') || 'bundle';
  const entries: BundleEntry[] = [];
  if (root.isDirectory()) await walkDirectory(path, '', entries);
  else if (root.isFile()) entries.push(fileEntry(path, name));
  else throw new EncodeError(`${path} is neither a directory nor a file: it cannot be sent.`);

  let files = 0;
  let bytes = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    files++;
    bytes += entry.size;
  }
  if (files === 0) throw new EncodeError(`${path} holds no files: there is nothing to send.`);
  return { name, entries, files, directories: entries.length - files, bytes };
}

/** @param prefix path in the bundle, empty or with a slash at its end */
async function walkDirectory(directory: string, prefix: string, entries: BundleEntry[]): Promise<void> {
  const found = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
  for (const child of found) {
    const childName = nameOf(child, directory);
    const childPath = `${directory}/${childName}`;
    const bundlePath = `${prefix}${childName.normalize('NFC')}`;
    if (child.isSymbolicLink()) {
      throw new EncodeError(
        `${childPath} is a symbolic link. Links cannot be sent: put a copy of the file in its place, or remove it.`,
      );
    }
    if (child.isDirectory()) {
      entries.push({ kind: 'directory', path: bundlePath });
      await walkDirectory(childPath, `${bundlePath}/`, entries);
    } else if (child.isFile()) {
      entries.push(fileEntry(childPath, bundlePath));
    } else {
      throw new EncodeError(
        `${childPath} is neither a directory nor a file: it cannot be sent. Remove it from the directory.`,
      );
    }
  }
}

function nameOf(child: Dirent<Buffer>, directory: string): string {
  try {
    return utf8Decode(child.name);
  } catch (error) {
    if (!(error instanceof BytesError)) throw error;
    throw new EncodeError(
      `${directory} holds a name that is not UTF-8 (${child.name.toString('latin1')}): give it another one.`,
    );
  }
}

/** Synchronous: with thousands of files, waiting for each takes longer than asking. */
function fileEntry(path: string, bundlePath: string): BundleEntry {
  const { size } = lstatSync(path);
  // Better now than after an hour of compressing.
  accessSync(path, constants.R_OK);
  return {
    kind: 'file',
    path: bundlePath,
    size,
    open: () => readContent(path, size),
  };
}

/** A small file at once: the buffers of a stream would be larger than it, and there may be many. */
async function* readContent(path: string, size: number): AsyncGenerator<Uint8Array> {
  if (size <= READ_CHUNK_BYTES) yield readFileSync(path);
  else yield* createReadStream(path, { highWaterMark: READ_CHUNK_BYTES });
}
