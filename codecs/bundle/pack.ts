import { createTarPacker } from 'modern-tar';
import type { Crypto } from '../crypto/index.js';
import { BundleError } from './error.js';
import {
  checkNames,
  formatManifest,
  MANIFEST_PATH,
  type Manifest,
  type ManifestFile,
  manifestFile,
} from './manifest.js';
import { comparePaths, parentsOf, printable } from './path.js';

export interface BundleFile {
  readonly kind: 'file';
  /** Relative, separated by slashes; any Unicode normalisation. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Reads the content; called twice. The pieces are kept for a while: their memory is not to be reused. */
  open(): AsyncIterable<Uint8Array>;
}

/** A directory; those above a file or another directory need not be given. */
export interface BundleDirectory {
  readonly kind: 'directory';
  readonly path: string;
}

export type BundleEntry = BundleFile | BundleDirectory;

export interface PackOptions {
  readonly crypto: Crypto;
}

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;

type TarController = ReturnType<typeof createTarPacker>['controller'];

/**
 * A tar archive (POSIX ustar, pax where a name needs it) of the entries, in pieces. The same content gives the same
 * bytes: entries are sorted bytewise by path, times, owners and modes are fixed, names are in normalisation form C.
 * Its first entry is the manifest, for which every file is read once before it is packed. Besides the list of names
 * a few megabytes are held.
 *
 * @throws BundleError when a name cannot be bundled or a file changes meanwhile; what `open` throws
 */
export async function* packBundle(
  entries: AsyncIterable<BundleEntry> | Iterable<BundleEntry>,
  options: PackOptions,
): AsyncGenerator<Uint8Array> {
  const { files, directories } = await sortEntries(entries);
  const manifest: Manifest = { files: await digestFiles(files, options.crypto), directories };
  const { readable, controller } = createTarPacker();
  const writing = writeArchive(controller, manifest, files, options.crypto).catch((error: unknown) => {
    controller.error(error);
  });
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
    await writing;
  }
}

interface SortedEntries {
  files: BundleFile[];
  directories: string[];
}

/** Normalises and sorts the entries, and checks their names before anything is read. */
async function sortEntries(
  entries: AsyncIterable<BundleEntry> | Iterable<BundleEntry>,
): Promise<SortedEntries> {
  const files: BundleFile[] = [];
  const directories = new Set<string>();
  const named = new Set<string>();
  for await (const entry of entries) {
    const path = entry.path.normalize('NFC');
    for (const parent of parentsOf(path)) directories.add(parent);
    if (named.has(path)) {
      throw new BundleError(
        `The content has the name ${printable(path)} twice, perhaps written differently in Unicode.`,
      );
    }
    named.add(path);
    if (entry.kind === 'directory') directories.add(path);
    else files.push({ kind: 'file', path, size: entry.size, open: () => entry.open() });
  }
  const sorted = {
    files: files.sort((a, b) => comparePaths(a.path, b.path)),
    directories: [...directories].sort(comparePaths),
  };
  checkNames({
    files: sorted.files.map(({ path, size }) => ({ path, size, sha256: '' })),
    directories: sorted.directories,
  });
  return sorted;
}

async function digestFiles(files: readonly BundleFile[], crypto: Crypto): Promise<ManifestFile[]> {
  const digested: ManifestFile[] = [];
  for (const file of files) {
    const hash = crypto.createSha256();
    for await (const piece of checkedContent(file)) hash.update(piece);
    digested.push(manifestFile(file.path, file.size, hash.digest()));
  }
  return digested;
}

/** The content of a file, which must have the size that was said. */
async function* checkedContent(file: BundleFile): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of file.open()) {
    size += piece.length;
    if (size > file.size) break;
    yield piece;
  }
  if (size !== file.size) throw changed(file.path);
}

function changed(path: string): BundleError {
  return new BundleError(`The file ${printable(path)} changed while it was packed; try again.`);
}

async function writeArchive(
  controller: TarController,
  manifest: Manifest,
  files: readonly BundleFile[],
  crypto: Crypto,
): Promise<void> {
  const manifestBytes = formatManifest(manifest);
  await writeFile(controller, MANIFEST_PATH, manifestBytes.length, [manifestBytes]);
  let nextDirectory = 0;
  for (const [i, file] of files.entries()) {
    nextDirectory = await writeDirectories(controller, manifest.directories, nextDirectory, file.path);
    await writeFile(controller, file.path, file.size, unchangedContent(file, manifest.files[i]!, crypto));
  }
  await writeDirectories(controller, manifest.directories, nextDirectory, undefined);
  controller.finalize();
}

/** The content once more, which must be what the manifest says. */
async function* unchangedContent(
  file: BundleFile,
  listed: ManifestFile,
  crypto: Crypto,
): AsyncGenerator<Uint8Array> {
  const hash = crypto.createSha256();
  for await (const piece of checkedContent(file)) {
    hash.update(piece);
    yield piece;
  }
  if (manifestFile(file.path, file.size, hash.digest()).sha256 !== listed.sha256) throw changed(file.path);
}

/** Writes the directories that sort before a path, or all that are left; returns the index of the next. */
async function writeDirectories(
  controller: TarController,
  directories: readonly string[],
  from: number,
  before: string | undefined,
): Promise<number> {
  let next = from;
  for (; next < directories.length; next++) {
    const path = directories[next]!;
    if (before !== undefined && comparePaths(path, before) > 0) break;
    await controller
      .add({ ...FIXED, name: `${path}/`, size: 0, type: 'directory', mode: DIRECTORY_MODE })
      .close();
  }
  return next;
}

const FIXED = { mtime: new Date(0), uid: 0, gid: 0 };

async function writeFile(
  controller: TarController,
  path: string,
  size: number,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const body = controller.add({ ...FIXED, name: path, size, type: 'file', mode: FILE_MODE }).getWriter();
  // The controller reports its errors on every later call; nobody waits for this promise.
  body.closed.catch(() => {});
  for await (const piece of content) await body.write(piece);
  await body.close();
}
