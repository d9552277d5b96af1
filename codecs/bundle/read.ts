import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { concatBytes, toHex } from '../bytes.js';
import type { Crypto } from '../crypto/index.js';
import { BundleError } from './error.js';
import { MANIFEST_PATH, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.js';
import { checkPath, comparePaths, printable } from './path.js';

export interface ReadOptions {
  readonly crypto: Crypto;
  /** The most that the files may have together, bytes. */
  readonly maxSize: number;
  /** The most files and directories. */
  readonly maxEntries: number;
}

/** A directory or file of a bundle. A directory comes before what is in it. */
export interface BundleItem {
  readonly kind: 'file' | 'directory';
  /** Relative, checked to be safe on every system, in normalisation form C. */
  readonly path: string;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /**
   * The content, to be read before the next item is asked for; nothing for a directory. It throws BundleError at
   * its end when the content is not what the manifest says: until then it is not verified.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads a bundle and checks it against its manifest: exactly the listed files and directories, in order, with the listed
 * sizes and SHA-256. The last check is made when the items come to their end. The manifest itself is not handed out.
 *
 * @throws BundleError when the archive is damaged, unsafe or larger than the limits; what `archive` throws
 */
export async function* readBundle(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<BundleItem> {
  const tar = openTar(archive);
  try {
    const manifest = await readManifest(tar, options);
    for (const expected of expectedItems(manifest)) {
      const entry = await tar.next();
      if (entry === undefined) throw new BundleError(`The bundle lacks ${printable(expected.path)}.`);
      requireExpected(entry, expected);
      const body = createBody(tar, entry, expected, options.crypto);
      yield { kind: expected.kind, path: expected.path, size: expected.size, content: body.content() };
      // What the caller did not read is verified all the same.
      while ((await body.next()) !== undefined);
    }
    const extra = await tar.next();
    if (extra !== undefined) throw notListed(extra.header.name);
  } finally {
    await tar.close();
  }
}

interface ExpectedItem {
  readonly kind: 'file' | 'directory';
  readonly path: string;
  readonly size: number;
  readonly sha256?: string;
}

/** All that a manifest lists, in the order of the archive. */
function expectedItems({ files, directories }: Manifest): ExpectedItem[] {
  return [
    ...files.map((file): ExpectedItem => ({ kind: 'file', ...file })),
    ...directories.map((path): ExpectedItem => ({ kind: 'directory', path, size: 0 })),
  ].sort((a, b) => comparePaths(a.path, b.path));
}

async function readManifest(tar: TarReader, options: ReadOptions): Promise<Manifest> {
  const entry = await tar.next();
  if (entry?.header.name !== MANIFEST_PATH || entry.header.type !== 'file') {
    throw new BundleError(`The archive is no datacast bundle: it does not begin with ${MANIFEST_PATH}.`);
  }
  if (entry.header.size > MAX_MANIFEST_BYTES) {
    throw new BundleError(
      `The bundle's manifest claims ${entry.header.size} bytes; at most ${MAX_MANIFEST_BYTES} are read.`,
    );
  }
  const parts: Uint8Array[] = [];
  const body = entry.body.getReader();
  for (let part = await tar.read(body); part !== undefined; part = await tar.read(body)) parts.push(part);
  const manifest = parseManifest(concatBytes(...parts));
  const entries = manifest.files.length + manifest.directories.length;
  if (entries > options.maxEntries) {
    throw new BundleError(
      `The bundle has ${entries} files and directories; ${options.maxEntries} are allowed.`,
    );
  }
  let size = 0;
  for (const file of manifest.files) size += file.size;
  if (size > options.maxSize) {
    throw new BundleError(`The bundle unpacks to ${size} bytes; ${options.maxSize} are allowed.`);
  }
  return manifest;
}

/** Names of tar entry types for messages. */
const TYPE_NAMES: Record<string, string> = {
  file: 'a file',
  directory: 'a directory',
  link: 'a hard link',
  symlink: 'a symbolic link',
  fifo: 'a pipe',
};

function requireExpected({ header }: ParsedTarEntry, expected: ExpectedItem): void {
  const type = header.type ?? 'file';
  if (type !== 'file' && type !== 'directory') {
    throw new BundleError(
      `The bundle has ${printable(header.name)}, which is ${TYPE_NAMES[type] ?? 'a device'}; only files and directories are unpacked.`,
    );
  }
  const path = type === 'directory' ? header.name.replace(/\/$/, '') : header.name;
  checkPath(path);
  if (path !== expected.path) throw notListed(path, expected.path);
  if (type !== expected.kind) {
    throw new BundleError(
      `The bundle has ${printable(path)} as ${TYPE_NAMES[type]}, its manifest as ${TYPE_NAMES[expected.kind]}.`,
    );
  }
  if (header.size !== expected.size) {
    throw new BundleError(
      `The bundle has ${printable(path)} with ${header.size} bytes, its manifest with ${expected.size}.`,
    );
  }
}

function notListed(found: string, expected?: string): BundleError {
  const where = expected === undefined ? 'ends' : `has ${printable(expected)}`;
  return new BundleError(`The bundle has ${printable(found)} where its manifest ${where}.`);
}

interface Body {
  /** The next piece; undefined at the end, where the digest has been found right. */
  next(): Promise<Uint8Array | undefined>;
  content(): AsyncGenerator<Uint8Array>;
}

function createBody(tar: TarReader, entry: ParsedTarEntry, expected: ExpectedItem, crypto: Crypto): Body {
  const body = entry.body.getReader();
  const hash = crypto.createSha256();
  let ended = false;

  async function next(): Promise<Uint8Array | undefined> {
    if (ended) return undefined;
    const piece = await tar.read(body);
    if (piece !== undefined) {
      hash.update(piece);
      return piece;
    }
    ended = true;
    if (expected.sha256 !== undefined && toHex(hash.digest()) !== expected.sha256) {
      throw new BundleError(`The content of ${printable(expected.path)} is not what the manifest says.`);
    }
    return undefined;
  }

  async function* content(): AsyncGenerator<Uint8Array> {
    for (let piece = await next(); piece !== undefined; piece = await next()) yield piece;
  }

  return { next, content };
}

/** The entries of a tar archive one after the other; its errors are BundleErrors or those of the source. */
interface TarReader {
  next(): Promise<ParsedTarEntry | undefined>;
  /** The next piece of a body; undefined at its end. */
  read(body: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

function openTar(archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): TarReader {
  const { readable, writable } = createTarDecoder({ strict: true });
  const entries = readable.getReader();
  entries.closed.catch(() => {});
  let sourceFailure: { error: unknown } | undefined;

  /** Feeds the decoder, which holds back what its reader has not asked for. */
  async function feed(): Promise<void> {
    const writer = writable.getWriter();
    writer.closed.catch(() => {});
    try {
      for await (const piece of source()) await writer.write(piece);
      await writer.close();
    } catch (error) {
      // The decoder's own errors appear on the reading side as well.
      await writer.abort(error).catch(() => {});
    }
  }

  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* archive;
    } catch (error) {
      sourceFailure = { error };
      throw error;
    }
  }

  const feeding = feed();

  async function read<T>(from: ReadableStreamDefaultReader<T>): Promise<T | undefined> {
    try {
      return (await from.read()).value;
    } catch (error) {
      if (sourceFailure !== undefined) throw sourceFailure.error;
      throw new BundleError(
        `The bundle's tar archive is damaged: ${String((error as Error)?.message ?? error)}`,
      );
    }
  }

  return {
    next: () => read(entries),
    read,
    async close() {
      await entries.cancel().catch(() => {});
      await feeding;
    },
  };
}
