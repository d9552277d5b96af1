import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toHex, utf8Encode } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import {
  cutTree,
  type EditionIndex,
  type IndexPart,
  partFileName,
  SIGNED_FILES,
  sumsText,
} from '../../codecs/edition/index.js';
import type { SecretKey } from '../../codecs/minisign/index.js';
import { syncDirectory } from '../../codecs/node/atomic-file.js';
import { writeLater } from '../../codecs/node/open-file.js';
import { removeStale, temporaryName } from '../../codecs/node/temporary-file.js';
import { printable } from '../../codecs/text.js';
import type { Selection } from '../content/exclusion.js';
import { matchFirstFiles } from '../content/first-files.js';
import { packParts } from '../content/pack-parts.js';
import { warnOfSize } from '../content/receiver-limits.js';
import { listedPart, type SignedIndex, signEdition } from '../content/signed-index.js';
import { type Content, type LeftOut, walk } from '../content/walk.js';
import { EncodeError } from '../error.js';
import type { OnProgress } from '../progress.js';
import { isSignedEdition } from './signed-edition.js';

export interface SignOptions extends Selection {
  /** What receivers call it; by default as the directory or file. */
  readonly name?: string | undefined;
  readonly crypto: Crypto;
  readonly publisher: SecretKey;
  /** 1..2^32-1; receivers refuse a lower one than they have seen. */
  readonly sequence: number;
  /** SHA-256 of the publisher's key that follows, hexadecimal. */
  readonly nextKey?: string | undefined;
  /** The edition before: parts that it lists are left out. */
  readonly since: EditionIndex | undefined;
  /** Globs for the paths of the files that a reader is to have first; by default the small ones of the root. */
  readonly first: readonly string[] | undefined;
  /** Level of zstd, 1..22. */
  readonly level: number;
  readonly jobs: number;
  /** Told a sentence about what receivers may not take. */
  onWarning(sentence: string): void;
  readonly onProgress: OnProgress;
  readonly interrupted: AbortSignal;
  /** Awaited when all is written, before the edition appears. */
  onSigned(edition: SignedIndex): Promise<void>;
}

/** What was signed. */
export interface SignReport {
  readonly name: string;
  readonly sequence: number;
  readonly content: {
    readonly files: number;
    readonly directories: number;
    readonly bytes: number;
    readonly leftOut: LeftOut;
  };
  readonly index: { readonly bytes: number; readonly sha256: string };
  /** All that the index lists; those that are carried are in the directory. */
  readonly parts: readonly (IndexPart & { readonly carried: boolean })[];
  /** The directory. */
  readonly out: string;
}

const UNFINISHED = '.part';

/**
 * Makes a signed edition of a directory or a file: a directory with index, signature and parts. The same content, key, sequence
 * number and level give the same bytes. The directory appears under its name when it is complete and on the disk.
 *
 * @throws EncodeError, EditionError or an error of the operating system
 */
export async function sign(path: string, out: string, options: SignOptions): Promise<SignReport> {
  const target = resolve(out);
  await requireNothing(target, out);
  if (await isSignedEdition(path)) {
    throw new EncodeError(`${printable(path)} is a signed edition already: give the content itself.`);
  }
  const content = await walk(path, options);
  const warning = warnOfSize(content.name, content.bytes);
  if (warning !== undefined) options.onWarning(warning);
  await removeStale(target, UNFINISHED);
  const staging = temporaryName(target, UNFINISHED);
  await mkdir(staging);
  try {
    const parts = await packInto(staging, content, options);
    const { name } = content;
    const listed = parts.map(({ carried: _, ...part }) => part);
    const { crypto, publisher, sequence, nextKey } = options;
    const index = await signEdition(crypto, publisher, { name, sequence, nextKey, parts: listed });
    await writeNew(join(staging, SIGNED_FILES.index), index.object);
    await writeNew(join(staging, SIGNED_FILES.signature), utf8Encode(index.signature));
    await writeNew(join(staging, SIGNED_FILES.sums), utf8Encode(sumsText(listed)));
    await syncDirectory(staging);
    await options.onSigned(index);
    await requireNothing(target, out);
    await rename(staging, target);
    await syncDirectory(dirname(target));
    const { files, directories, bytes, leftOut } = content;
    return {
      name,
      sequence,
      content: { files, directories, bytes, leftOut },
      index: { bytes: index.object.length, sha256: toHex(index.sha256) },
      parts,
      out,
    };
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

/** @throws EncodeError when something stands at the place of the edition */
async function requireNothing(target: string, out: string): Promise<void> {
  const found = await lstat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  throw new EncodeError(
    `${printable(out)} exists already, and nothing is overwritten: give another name with --out.`,
  );
}

/** Packs the parts into a directory, but for those of the edition before. */
async function packInto(
  directory: string,
  content: Content,
  { since, first, level, jobs, interrupted, onProgress }: SignOptions,
): Promise<SignReport['parts']> {
  const before = new Set(since?.parts.map(({ sha256 }) => sha256));
  const parts: SignReport['parts'][number][] = [];
  const isFirst = first && matchFirstFiles(first, content);
  const unfinished = join(directory, `part${UNFINISHED}`);
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    await packParts(cutTree(content.entries, { first: isFirst }), {
      level,
      read: content.read,
      // signals are heard while another thread works
      threads: jobs,
      interrupted,
      async openTarget() {
        file = await open(unfinished, 'wx');
        return { file: { descriptor: file.fd, path: directory }, position: 0 };
      },
      async onPacked(packed) {
        const part = listedPart(packed);
        const carried = !before.has(part.sha256);
        parts.push({ ...part, carried });
        if (carried) await file!.sync();
        await file!.close();
        file = undefined;
        if (carried) await rename(unfinished, join(directory, partFileName(part.sha256)));
        else await rm(unfinished);
      },
      onArchived: (bytes) => onProgress('Compressing', Math.min(bytes, content.bytes), content.bytes),
    });
  } finally {
    await file?.close();
  }
  return parts;
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await writeLater({ descriptor: handle.fd, path }, bytes, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
