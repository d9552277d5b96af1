import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { ZstdError } from '../../codecs/zstd/index.js';
import { ReceiveError } from '../error.js';
import { createUniquePaths, safePath } from './file-name.js';
import { writeNewFile } from './file-writer.js';
import { decodeContent } from './foreign-content.js';
import { interruptible } from './interruptible.js';
import { type ContentReader, keepEdition, type ReceivedEdition } from './keep-edition.js';
import type { OutputDirectory, StandingBundle } from './output-directory.js';
import type { Staging } from './staging.js';
import { bundlePath } from './trust-mark.js';

export interface WriteOptions {
  readonly crypto: Crypto;
  /** Bytes that the files of a bundle may have together, and those that nobody signed. */
  readonly maxSize: number;
  /** Where editions are put as they were sent, with their signatures; undefined: nowhere. */
  readonly keepBundle: string | undefined;
  /** Aborted when the user gives up. */
  readonly interrupted: AbortSignal;
}

/** An object that nobody signed. */
export interface UnsignedObject {
  readonly toi: number;
  readonly contentLocation: string;
  readonly contentEncoding?: string | undefined;
  readonly content: ContentReader;
}

/** What was received. */
export interface ReceivedContent<T extends UnsignedObject = UnsignedObject> {
  /** Where bundles stand by now, on the file system of the output; in the order in which they get their names. */
  readonly output: Pick<OutputDirectory, 'directory' | 'bundles'>;
  /** A bundle's newest edition as it was sent. */
  edition(bundle: StandingBundle): ReceivedEdition;
  readonly unsigned: readonly T[];
}

/** What was written of a bundle. */
export interface WrittenBundle {
  readonly state: StandingBundle;
  /** Below the output directory, empty for the output directory itself; undefined: nothing was written. */
  readonly path: string | undefined;
  /** Directory that it was kept in as it was sent. */
  readonly kept: string | undefined;
}

/** A file that was written though nobody signed it. */
export interface WrittenUnsigned<T> {
  readonly object: T;
  /** Below the output directory. */
  readonly path: string;
  readonly bytes: number;
}

/** What came of what was received. */
export interface Written<T> {
  readonly bundles: WrittenBundle[];
  readonly unsigned: WrittenUnsigned<T>[];
  /** Sentences on files that nobody signed and that are not written. */
  readonly refusals: string[];
}

/** Where files nobody signed stand when there are signed bundles as well. */
const UNSIGNED_DIRECTORY = 'unsigned';

/**
 * Prepares the output: one bundle alone is the content of the output directory; several things stand in directories of their
 * own, and of two bundles of one name the first has it.
 */
export async function writeContent<T extends UnsignedObject>(
  { output, edition, unsigned }: ReceivedContent<T>,
  staging: Staging,
  { crypto, maxSize, keepBundle, interrupted }: WriteOptions,
): Promise<Written<T>> {
  const written: Written<T> = { bundles: [], unsigned: [], refusals: [] };
  const bundles = output.bundles();
  const standsAt = ({ path }: StandingBundle) => join(output.directory, path);
  const standing = bundles.filter((bundle) => existsSync(standsAt(bundle)));
  const isAlone = standing.length === 1 && unsigned.length === 0;
  const uniquePath = createUniquePaths();
  const unsignedDirectory = standing.length === 0 ? '' : uniquePath(UNSIGNED_DIRECTORY);
  for (const state of bundles) {
    interrupted.throwIfAborted();
    if (!standing.includes(state)) {
      written.bundles.push({ state, path: undefined, kept: undefined });
      continue;
    }
    const name = uniquePath(bundlePath(state.name));
    const kept =
      keepBundle === undefined ? undefined : await keepEdition(edition(state), crypto, keepBundle, name);
    const path = isAlone ? '' : name;
    // an empty directory gives way to the rename, but not on Windows
    if (isAlone) await rmdir(staging.content);
    await rename(standsAt(state), join(staging.content, path));
    written.bundles.push({ state, path, kept });
  }
  const uniqueUnsigned = createUniquePaths();
  let left = maxSize;
  for (const object of await withoutRepeats(unsigned, crypto, interrupted)) {
    const path = uniqueUnsigned(safePath(object.contentLocation, `object-${object.toi}`));
    const place = { directory: staging.content, path: join(unsignedDirectory, path) };
    left -= await writeUnsigned(object, place, { maxSize: left, interrupted }, written);
  }
  return written;
}

/** Of objects with the same name and content one: a session may send them on several channels (RFC 5775). */
async function withoutRepeats<T extends UnsignedObject>(
  objects: readonly T[],
  crypto: Crypto,
  interrupted: AbortSignal,
): Promise<T[]> {
  const namesakes = new Map<string, number>();
  for (const { contentLocation } of objects) {
    namesakes.set(contentLocation, (namesakes.get(contentLocation) ?? 0) + 1);
  }
  const seen = new Set<string>();
  const kept: T[] = [];
  for (const object of objects) {
    const { contentLocation, contentEncoding, content } = object;
    if (namesakes.get(contentLocation) !== 1) {
      const sha256 = crypto.createSha256();
      for await (const piece of interruptible(content.read(), interrupted)) sha256.update(piece);
      const identity = JSON.stringify([contentLocation, contentEncoding, toHex(sha256.digest())]);
      if (seen.has(identity)) continue;
      seen.add(identity);
    }
    kept.push(object);
  }
  return kept;
}

/** Returns the bytes written. */
async function writeUnsigned<T extends UnsignedObject>(
  object: T,
  { directory, path }: { readonly directory: string; readonly path: string },
  { maxSize, interrupted }: Pick<WriteOptions, 'maxSize' | 'interrupted'>,
  { unsigned, refusals }: Written<T>,
): Promise<number> {
  const target = join(directory, path);
  try {
    await mkdir(dirname(target), { recursive: true });
    const encoded = interruptible(object.content.read(), interrupted);
    const bytes = await writeNewFile(target, decodeContent(encoded, object.contentEncoding, maxSize));
    await syncDirectory(dirname(target));
    unsigned.push({ object, path, bytes });
    return bytes;
  } catch (error) {
    if (!(error instanceof ZstdError || error instanceof ReceiveError)) throw error;
    await rm(target, { force: true });
    refusals.push(`The unsigned file ${path} is not written: ${error.message}`);
    return 0;
  }
}
