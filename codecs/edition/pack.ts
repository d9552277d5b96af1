import type { PartCut, TreeFile } from './cut.js';
import { EditionError } from './error.js';
import { comparePaths, printable } from './path.js';
import { BLOCK, paddingOf, tarHeaders, tarLength } from './tar-header.js';

/** Two blocks of zeroes end an archive. */
const END_BYTES = 2 * BLOCK;

/** Bytes of the tar archive of a part. */
export function archiveLength({ files, directories }: PartCut): number {
  const ofFiles = files.reduce((sum, { path, size }) => sum + tarLength(path, size), END_BYTES);
  return directories.reduce((sum, path) => sum + tarLength(`${path}/`, 0), ofFiles);
}

/** Reads the content of a file, once. What a piece is in may be used again for the next one. */
export type ReadFile<File extends TreeFile = TreeFile> = (file: File) => AsyncIterable<Uint8Array>;

/**
 * The tar archive of a part, in pieces. The same files give the same bytes. One piece of one file is held: a piece may
 * change when the next one is asked for, as those of `read` may.
 *
 * @throws EditionError when a file does not have the size that was said; what `read` throws
 */
export async function* packPart<File extends TreeFile>(
  { files, directories }: PartCut<File>,
  read: ReadFile<File>,
): AsyncGenerator<Uint8Array> {
  const entries = [...files.map((file) => ({ name: file.path, file })), ...directories.map(emptyDirectory)];
  for (const { name, file } of entries.sort((a, b) => comparePaths(a.name, b.name))) {
    yield tarHeaders(name, file?.size ?? 0);
    if (file === undefined) continue;
    yield* checkedContent(file, read(file));
    const padding = paddingOf(file.size);
    if (padding > 0) yield new Uint8Array(padding);
  }
  yield new Uint8Array(END_BYTES);
}

function emptyDirectory(path: string): { name: string; file: undefined } {
  return { name: `${path}/`, file: undefined };
}

/** The content of a file, which must have the size that was said. */
async function* checkedContent(
  file: TreeFile,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of content) {
    size += piece.length;
    if (size > file.size) break;
    yield piece;
  }
  if (size !== file.size) {
    throw new EditionError(`The file ${printable(file.path)} changed while it was packed; try again.`);
  }
}
