import type { BundleItem } from '../../codecs/bundle/index.js';
import type { BundleLimits } from './bundle-limits.js';

/** A file of a verified object. It is read once, before the next file is asked for. */
export interface ContentFile {
  /** Relative, with `/` between its parts; safe to be used as a name in a directory of one's own, on every system. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The whole content. @throws Error when it was read before, or the next file was asked for */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /** The content in pieces, for files that are too large for the memory. @throws like `bytes` */
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * The files of a verified object one after the other. An iteration may be left at any file.
 *
 * @throws ZstdError or BundleError when the publisher signed something that is no bundle, is unsafe or larger than the limits
 */
export async function* contentFiles(
  object: AsyncIterable<Uint8Array>,
  limits: BundleLimits,
): AsyncGenerator<ContentFile, void, undefined> {
  // an application that never asks for files does not load what decompresses them
  const { bundleItems } = await import('./bundle-items.js');
  for await (const item of bundleItems(object, limits)) {
    if (item.kind !== 'file') continue;
    const { file, pass } = createContentFile(item);
    yield file;
    pass();
  }
}

function createContentFile({ path, size, content }: BundleItem): { file: ContentFile; pass(): void } {
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
    stream: take,
  };
  return {
    file,
    pass() {
      hindrance = 'cannot be read any more: read each file before the next one is asked for.';
    },
  };
}
