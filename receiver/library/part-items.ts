import { EditionError, type IndexPart, type PartItem, readPart } from '../../codecs/edition/index.js';
import { formatBytes, formatCount, formatNumber, printable } from '../../codecs/text.js';
import { type DecompressOptions, decompress, ZstdError } from '../../codecs/zstd/index.js';

/** Files and directories of a part, those above them included. */
export const MAX_ENTRIES = 1_000_000;
/** What a tar archive takes for an entry: header, extended header, padding. */
const BYTES_PER_ENTRY = 4096;

export interface PartItemsOptions extends Pick<DecompressOptions, 'decodeFrame' | 'memory' | 'onFrame'> {
  /** The most files and directories, those above them included; `MAX_ENTRIES` unless given. */
  readonly maxEntries?: number;
}

/**
 * The files and empty directories of a part whose digest is verified. What an item holds is to be read before the next one
 * is asked for.
 *
 * @param object the part as it is sent
 * @throws EditionError when it is not what the index says, or unsafe to unpack; what `object` throws
 */
export async function* partItems(
  object: AsyncIterable<Uint8Array>,
  part: IndexPart,
  { maxEntries = MAX_ENTRIES, ...decompression }: PartItemsOptions = {},
): AsyncGenerator<PartItem> {
  const archive = unpacked(object, part, {
    ...decompression,
    maxSize: part.unpacked + maxEntries * BYTES_PER_ENTRY,
  });
  let bytes = 0;
  let files = 0;
  // the size is compared with the index here, which can say more about it
  for await (const item of readPart(archive, { maxSize: Number.MAX_SAFE_INTEGER, maxEntries })) {
    if (item.kind === 'file') {
      bytes += item.size;
      files++;
      requireAnnounced(part, item, bytes, files);
    }
    yield item;
  }
  requireAll(part, bytes, files);
}

async function* unpacked(
  object: AsyncIterable<Uint8Array>,
  part: IndexPart,
  options: Parameters<typeof decompress>[1],
): AsyncGenerator<Uint8Array> {
  try {
    yield* decompress(object, options);
  } catch (error) {
    throw error instanceof ZstdError ? notAsListed(part, error.message) : error;
  }
}

function requireAnnounced(part: IndexPart, item: PartItem, bytes: number, files: number): void {
  if (bytes > part.unpacked) {
    const held = `with ${printable(item.path)} it has ${formatBytes(bytes)} or more`;
    throw notAsListed(part, `${held}, and its index says ${formatNumber(part.unpacked)}.`);
  }
  if (files > part.files) {
    throw notAsListed(part, `it has more than the ${formatCount(part.files, 'file')} that its index says.`);
  }
}

function requireAll(part: IndexPart, bytes: number, files: number): void {
  if (bytes === part.unpacked && files === part.files) return;
  const found = `it has ${formatCount(files, 'file')} of ${formatBytes(bytes)}`;
  throw notAsListed(
    part,
    `${found}, and its index says ${formatNumber(part.files)} of ${formatNumber(part.unpacked)}.`,
  );
}

function notAsListed({ label }: IndexPart, why: string): EditionError {
  return new EditionError(`The part ${printable(label)} is not what its index says: ${why}`);
}
