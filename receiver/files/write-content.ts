import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BundleError } from '../../codecs/bundle/index.js';
import { equalBytes, utf8Encode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { replaceFile, syncDirectory } from '../../codecs/node/atomic-file.js';
import { type DecodeFrame, ZstdError } from '../../codecs/zstd/index.js';
import { ReceiveError } from '../error.js';
import type { Collection, Received } from '../recordings/collection.js';
import type { BundleReport, UnsignedReport } from '../recordings/receive-report.js';
import { createUniquePaths, safeName, safePath } from './file-name.js';
import { writeNewFile } from './file-writer.js';
import { decodeContent } from './foreign-content.js';
import type { Staging } from './staging.js';
import { unpack } from './unpack.js';

export interface WriteOptions {
  readonly crypto: Crypto;
  /** Bytes that the files of a bundle may have together, and those that nobody signed. */
  readonly maxSize: number;
  /** Where the received objects are put with their signatures; undefined: nowhere. */
  readonly keepBundle: string | undefined;
  /** Aborted when the user gives up. */
  readonly interrupted: AbortSignal;
  /** Who decompresses bundles; by default this thread. */
  readonly decodeFrame?: DecodeFrame;
}

/** Where files nobody signed stand when there are signed bundles as well. */
const UNSIGNED_DIRECTORY = 'unsigned';

/** What came out of the objects. */
export interface Written {
  readonly bundles: BundleReport[];
  readonly unsigned: UnsignedReport[];
  readonly refusals: string[];
}

/** One bundle alone is the content of the output; several things stand in directories of their own. */
export async function writeContent(
  collection: Collection,
  { content }: Staging,
  options: WriteOptions,
): Promise<Written> {
  const editions = collection.editions();
  const isAlone = editions.length === 1 && collection.unsigned.length === 0;
  const uniquePath = createUniquePaths();
  const written: Written = { bundles: [], unsigned: [], refusals: [] };
  const unsignedDirectory = editions.length === 0 ? '' : uniquePath(UNSIGNED_DIRECTORY);
  for (const received of editions) {
    const name = uniquePath(safeName(received.object.edition!.name) || 'bundle');
    await writeBundle(received, content, isAlone ? '' : name, name, written, options);
  }
  const uniqueUnsigned = createUniquePaths();
  let left = options.maxSize;
  for (const received of collection.unsigned) {
    const directory = join(content, unsignedDirectory);
    left -= await writeUnsigned(received, directory, unsignedDirectory, uniqueUnsigned, left, written);
  }
  return written;
}

async function writeBundle(
  { object, content }: Received,
  parent: string,
  path: string,
  keptName: string,
  { bundles, refusals }: Written,
  { crypto, maxSize, keepBundle, interrupted, decodeFrame }: WriteOptions,
): Promise<void> {
  const edition = object.edition!;
  const directory = path === '' ? parent : join(parent, path);
  let unpacked: Awaited<ReturnType<typeof unpack>>;
  try {
    await mkdir(directory, { recursive: true });
    const options = { crypto, maxSize, decodeFrame };
    unpacked = await unpack(interruptible(content.read(), interrupted), directory, options);
  } catch (error) {
    if (!(error instanceof ZstdError || error instanceof BundleError)) throw error;
    // What is half unpacked must not be taken for content.
    await rm(directory, { recursive: true, force: true });
    if (path === '') await mkdir(parent);
    refusals.push(
      `Edition ${edition.sequence} of ${edition.name} is signed, but not written: ${error.message}`,
    );
    return;
  }
  const kept =
    keepBundle === undefined ? undefined : await keep({ object, content }, crypto, keepBundle, keptName);
  bundles.push({ object, path, kept, ...unpacked });
}

/**
 * The object and the publisher's signature, for ordinary tools to check and unpack.
 *
 * @throws ReceiveError when another bundle stands in its place
 */
async function keep(
  { object, content }: Received,
  crypto: Crypto,
  directory: string,
  name: string,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(resolve(directory), `${name}.tar.zst`);
  const { sha256, signature } = object.edition!;
  const standing = await digestOfFile(path, crypto);
  if (standing !== undefined && !equalBytes(standing, sha256)) {
    throw new ReceiveError(
      `${path} exists already and is another bundle: nothing is overwritten, move it away or give another directory with --keep-bundle.`,
    );
  }
  await replaceFile(
    `${path}.minisig`,
    (async function* () {
      yield utf8Encode(signature);
    })(),
  );
  if (standing === undefined) await replaceFile(path, content.read());
  return path;
}

/** SHA-256 of a file; undefined when there is none. */
async function digestOfFile(path: string, crypto: Crypto): Promise<Uint8Array | undefined> {
  const sha256 = crypto.createSha256();
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) sha256.update(chunk);
    return sha256.digest();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw Object.assign(error as Error, { path });
  }
}

/** Returns the bytes written. */
async function writeUnsigned(
  { object, content }: Received,
  directory: string,
  shownDirectory: string,
  uniquePath: (path: string) => string,
  maxSize: number,
  { unsigned, refusals }: Written,
): Promise<number> {
  const path = uniquePath(safePath(object.contentLocation, `object-${object.toi}`));
  const target = join(directory, ...path.split('/'));
  try {
    await mkdir(dirname(target), { recursive: true });
    const bytes = await writeNewFile(target, decodeContent(content.read(), object.contentEncoding, maxSize));
    await syncDirectory(dirname(target));
    unsigned.push({ object, path: shownDirectory === '' ? path : `${shownDirectory}/${path}`, bytes });
    return bytes;
  } catch (error) {
    if (!(error instanceof ZstdError || error instanceof ReceiveError)) throw error;
    await rm(target, { force: true });
    refusals.push(`The unsigned file ${path} is not written: ${error.message}`);
    return 0;
  }
}

export async function* interruptible(
  chunks: AsyncIterable<Uint8Array>,
  interrupted: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    interrupted.throwIfAborted();
    yield chunk;
  }
}
