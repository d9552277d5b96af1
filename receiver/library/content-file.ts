import type { IndexPart, PartItem } from '../../codecs/edition/index.js';
import { ownPieces } from './own-pieces.js';
import { partItems } from './part-items.js';

/** A file of a part. It is read once, before the next file is asked for. */
export interface ContentFile {
  /** Relative, with `/` between its parts; safe to be used as a name in a directory of one's own, on every system. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The whole content. @throws Error when it was read before, or the next file was asked for; EditionError like `files` */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** The content in pieces, for files that are too large for the memory. @throws like `bytes` */
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * The files of a part one after the other. An iteration may be left at any file.
 *
 * @param object the part as it is sent
 * @throws EditionError when it is not what the index says, is unsafe to unpack or has more files and directories than allowed
 */
export async function* contentFiles(
  object: AsyncIterable<Uint8Array>,
  part: IndexPart,
  maxEntries: number,
): AsyncGenerator<ContentFile, void, undefined> {
  for await (const item of partItems(object, part, { maxEntries })) {
    if (item.kind !== 'file') continue;
    const { file, pass } = createContentFile(item);
    yield file;
    pass();
  }
}

function createContentFile({ path, size, content }: PartItem): { file: ContentFile; pass(): void } {
  let hindrance: string | undefined;

  function take(): AsyncIterable<Uint8Array> {
    if (hindrance !== undefined) throw new Error(`${path} ${hindrance}`);
    hindrance = 'is read already: its content is there once.';
    return content;
  }

  const file: ContentFile = {
    path,
    size,
    async bytes() {
      const bytes = new Uint8Array(size);
      let length = 0;
      for await (const piece of take()) {
        bytes.set(piece, length);
        length += piece.length;
      }
      return bytes;
    },
    stream: () => ownPieces(take()),
  };
  return {
    file,
    pass() {
      hindrance = 'cannot be read any more: read each file before the next one is asked for.';
    },
  };
}
