import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { EditionError, type EditionIndex, type IndexPart } from '../../../codecs/edition/index.js';
import { formatBytes, formatCount, formatNumber } from '../../../codecs/text.js';
import type { DecodeFrame, FrameMemory } from '../../../codecs/zstd/index.js';
import { takesPlaceOf } from '../../engine/editions/takes-place.js';
import type { KnownEdition } from '../../engine/ports/events.js';
import { MAX_ENTRIES } from '../../library/part-items.js';
import { openBundleParts, type PartPlaces } from './bundle-parts.js';
import { type EditionRecord, openEditionRecord } from './edition-record.js';
import { unpackPart } from './unpack-part.js';
import { swapIn } from './whole-edition.js';

export interface PutOptions {
  /** Who decompresses; by default this thread. */
  readonly decodeFrame?: DecodeFrame | undefined;
}

/** What was written; nothing when the part stood there already, or is not of the newest edition. */
export interface PartWritten {
  readonly files: number;
  /** Empty ones. */
  readonly directories: number;
  /** Of the files. */
  readonly bytes: number;
}

/** The directory of a bundle, which changes part by part. */
export interface BundleDirectory {
  readonly newest: Pick<EditionRecord, 'publisher' | 'index' | 'signed' | 'refused'>;
  /** Makes an edition the newest, unless one of its number or a later one is. */
  announce(edition: KnownEdition): Promise<void>;
  /** True when the newest edition has the part. */
  lists(sha256: string): boolean;
  holds(sha256: string): boolean;
  put(sha256: string, object: AsyncIterable<Uint8Array>, options: PutOptions): Promise<PartWritten>;
}

const NOTHING: PartWritten = { files: 0, directories: 0, bytes: 0 };

export interface BundleOptions extends PartPlaces {
  /** Bytes that the files of an edition may have together. */
  readonly maxSize: number;
  /** Where parts are decompressed. */
  readonly memory: FrameMemory;
}

/** Completes what a killed run has begun. @throws CliError when a later version has written a record, or an error of the operating system */
export async function openBundleDirectory(options: BundleOptions): Promise<BundleDirectory> {
  const { target, work, maxSize, memory, onDamage } = options;
  const unpacking = join(work, 'unpacking');
  await mkdir(work, { recursive: true });
  await rm(unpacking, { recursive: true, force: true });
  await swapIn(target, work);
  const newest = await openEditionRecord(join(work, 'edition.json'), onDamage);
  const parts = await openBundleParts(options);
  if (newest.index === undefined) await parts.adopt();
  else {
    // what does not fit on the disk now is settled with the next part
    await parts.use(newest.index).catch((error) => {
      if (!isDiskFull(error)) throw error;
    });
  }
  let unpacked = 0;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other; unpacking is not in it, since that of a film takes long. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  const isListed = (part: IndexPart) => newest.index!.parts.includes(part);

  async function take(part: IndexPart, object: AsyncIterable<Uint8Array>, options: PutOptions) {
    const directory = join(unpacking, String(unpacked++));
    try {
      await mkdir(directory, { recursive: true });
      const list = await unpackPart(object, part, directory, { ...options, target, memory });
      return await inTurn(async () => {
        // a newer edition may have come meanwhile, or the same part once more
        if (!isListed(part) || parts.holds(part.sha256)) return NOTHING;
        await parts.take(part, list, directory);
        return { files: list.files.length, directories: list.directories.length, bytes: part.unpacked };
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  return {
    newest,
    lists: parts.lists,
    holds: parts.holds,
    announce(edition) {
      const { edition: signed, index } = edition;
      requireWithin(index, maxSize);
      return inTurn(async () => {
        const standing = newest.signed && { ...newest.signed, sequence: newest.index!.sequence };
        if (standing !== undefined && !takesPlaceOf(signed, standing)) return parts.settle();
        await newest.replace(edition);
        await parts.use(index);
      });
    },
    async put(sha256, object, options) {
      const part = newest.index?.parts.find((each) => each.sha256 === sha256);
      if (part === undefined) return NOTHING;
      await inTurn(parts.settle);
      if (parts.holds(sha256)) return NOTHING;
      try {
        return await take(part, object, options);
      } catch (error) {
        if (error instanceof EditionError) {
          const { message } = error;
          await inTurn(async () => {
            if (isListed(part)) await newest.refuse(sha256, message);
          });
        }
        throw error;
      }
    },
  };
}

function requireWithin({ parts }: EditionIndex, maxSize: number): void {
  const sum = (measure: (part: IndexPart) => number) =>
    parts.reduce((total, part) => total + measure(part), 0);
  const bytes = sum(({ unpacked }) => unpacked);
  if (bytes > maxSize) {
    throw new EditionError(
      `The edition unpacks to ${formatBytes(bytes)}; ${formatNumber(maxSize)} are allowed.`,
    );
  }
  const files = sum(({ files }) => files);
  if (files > MAX_ENTRIES) {
    throw new EditionError(
      `The edition has ${formatCount(files, 'file')}; ${formatNumber(MAX_ENTRIES)} are allowed.`,
    );
  }
}
