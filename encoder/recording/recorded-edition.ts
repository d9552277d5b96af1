import type { IndexPart } from '../../codecs/edition/index.js';
import { cutTree } from '../../codecs/edition/index.js';
import { type OpenFile, writeLater } from '../../codecs/node/open-file.js';
import { matchFirstFiles } from '../content/first-files.js';
import { packParts } from '../content/pack-parts.js';
import { warnOfSize } from '../content/receiver-limits.js';
import { listedPart, type SignedIndex, signEdition } from '../content/signed-index.js';
import { type LeftOut, walk } from '../content/walk.js';
import { EncodeError } from '../error.js';
import {
  describeMissing,
  missingParts,
  readSignedEdition,
  readSignedPart,
} from '../signed/signed-edition.js';
import type { PoolOptions } from '../threads/pool.js';
import type { EncodeOptions } from './encode-options.js';

/** A part in the file of the objects. */
export interface RecordedPart extends IndexPart {
  /** Byte offset of its beginning. */
  readonly position: number;
}

/** An edition in a file: its parts one after the other, then its index. */
export interface RecordedEdition {
  readonly content: {
    readonly files: number;
    /** Undefined when others packed it: an index does not say. */
    readonly directories: number | undefined;
    /** Of the files. */
    readonly bytes: number;
    /** Undefined when others packed it. */
    readonly leftOut: LeftOut | undefined;
  };
  readonly index: SignedIndex;
  readonly parts: readonly RecordedPart[];
  /** Byte offset of the index. */
  readonly indexPosition: number;
}

/** Packs a directory or a file, and signs it. @throws EncodeError where there is no secret key of the publisher */
export async function packEdition(
  path: string,
  file: OpenFile,
  options: EncodeOptions & PoolOptions,
): Promise<RecordedEdition> {
  const { crypto, keys, sequence, level, first, onProgress } = options;
  if (keys.publisher === undefined || sequence === undefined) {
    throw new EncodeError(`${path} is no signed edition, and it cannot be signed here.`);
  }
  const content = await walk(path, options);
  tellSize(content.name, content.bytes, options);
  const parts: RecordedPart[] = [];
  const isFirst = first && matchFirstFiles(first, content);
  await packParts(cutTree(content.entries, { first: isFirst }), {
    level,
    read: content.read,
    threads: options.threads,
    interrupted: options.interrupted,
    openTarget: () => ({ file, position: endOf(parts) }),
    onPacked: (part) => void parts.push({ ...listedPart(part), position: part.position }),
    onArchived: (bytes) => onProgress('Compressing', Math.min(bytes, content.bytes), content.bytes),
  });
  const listed = parts.map(({ position: _, ...part }) => part);
  const { publisher, nextKey } = keys;
  const index = await signEdition(crypto, publisher, {
    name: content.name,
    sequence,
    nextKey,
    parts: listed,
  });
  return finish({ content, index, parts }, file);
}

/** Takes an edition that the publisher signed elsewhere. @throws EncodeError unless all of it is as it was signed */
export async function takeEdition(
  directory: string,
  file: OpenFile,
  options: EncodeOptions,
): Promise<RecordedEdition> {
  const { crypto, keys, onProgress } = options;
  const edition = await readSignedEdition(directory, keys.publisherKey, crypto);
  const missing = await missingParts(edition);
  if (missing.length > 0) throw new EncodeError(describeMissing(edition, missing));
  const sum = (of: (part: IndexPart) => number) =>
    edition.index.parts.reduce((total, part) => total + of(part), 0);
  tellSize(
    edition.index.name,
    sum((part) => part.unpacked),
    options,
  );
  const bytes = sum((part) => part.bytes);
  const parts: RecordedPart[] = [];
  let end = 0;
  for (const part of edition.index.parts) {
    parts.push({ ...part, position: end });
    for await (const piece of readSignedPart(edition, part, crypto)) {
      await writeLater(file, piece, end);
      end += piece.length;
      onProgress('Checking', end, bytes);
    }
  }
  const content = {
    files: sum((part) => part.files),
    directories: undefined,
    leftOut: undefined,
    bytes: sum((part) => part.unpacked),
  };
  return finish({ content, index: edition.signed, parts }, file);
}

function tellSize(name: string, bytes: number, { onWarning }: EncodeOptions): void {
  const warning = warnOfSize(name, bytes);
  if (warning !== undefined) onWarning?.(warning);
}

function endOf(parts: readonly RecordedPart[]): number {
  const last = parts.at(-1);
  return last === undefined ? 0 : last.position + last.bytes;
}

async function finish(
  edition: Omit<RecordedEdition, 'indexPosition'>,
  file: OpenFile,
): Promise<RecordedEdition> {
  const indexPosition = endOf(edition.parts);
  await writeLater(file, edition.index.object, indexPosition);
  return { ...edition, indexPosition };
}
