import { createByteReader } from '../byte-reader.js';
import { replaceUnprintable } from '../text.js';
import { EditionError } from './error.js';
import { createNameCheck, MAX_NAMES_LENGTH } from './names.js';
import { comparePaths, printable } from './path.js';
import { damaged, readEntry, readPadding } from './tar-reader.js';

/** Stands in a path for each character that cannot be seen or changes how the others are shown: our senders refuse such names. */
const RENAMED = '_';

export interface PartLimits {
  /** The most that the files may have together, bytes. */
  readonly maxSize: number;
  /** The most files and directories, those above them included. */
  readonly maxEntries: number;
}

/** A file or an empty directory of a part. */
export interface PartItem {
  readonly kind: 'file' | 'directory';
  /** Relative, checked to be safe on every system, in normalisation form C; `_` for each character that cannot be seen. */
  readonly path: string;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Where its content begins in the archive, bytes. */
  readonly start: number;
  /** The content, to be read before the next item is asked for; its pieces may be views of the archive's memory. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads the tar archive of a part: files and empty directories, sorted in the archive, none twice, with names that are safe. What it holds
 * is as true as its digest: whoever reads it has compared that with the index.
 *
 * @throws EditionError when the archive is damaged, unsafe or larger than the limits; what `archive` throws
 */
export async function* readPart(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxSize, maxEntries }: PartLimits,
): AsyncGenerator<PartItem> {
  const reader = createByteReader(archive);
  const names = createNameCheck();
  let previous = '';
  let total = 0;

  /** What is left of the current file, bytes. */
  let left = 0;
  async function next(): Promise<Uint8Array | undefined> {
    if (left === 0) return undefined;
    const piece = await reader.readSome(left);
    if (piece.length === 0) throw damaged('it is cut off');
    left -= piece.length;
    return piece;
  }
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
  }

  try {
    for (let entry = await readEntry(reader); entry !== undefined; entry = await readEntry(reader)) {
      const { kind, name, size } = entry;
      const path = replaceUnprintable(kind === 'directory' ? name.slice(0, -1) : name, RENAMED);
      const problem = names.add(path);
      if (problem !== undefined) throw new EditionError(problem);
      if (comparePaths(previous, name) >= 0) throw damaged(`${printable(name)} is out of order`);
      previous = name;
      if (names.count > maxEntries) {
        throw new EditionError(
          `A part has more than ${maxEntries} files and directories, which are allowed.`,
        );
      }
      if (names.length > MAX_NAMES_LENGTH) {
        throw new EditionError(
          `The names in a part have more than ${MAX_NAMES_LENGTH} characters in all, which are allowed.`,
        );
      }
      total += size;
      if (total > maxSize) {
        throw new EditionError(`A part unpacks to ${total} bytes or more; ${maxSize} are allowed.`);
      }
      left = size;
      yield { kind, path, size, start: reader.position, content: content() };
      while ((await next()) !== undefined);
      await readPadding(reader, size);
    }
  } finally {
    await reader.close();
  }
}
