import { toHex } from '../../../../codecs/bytes.js';
import type { Crypto } from '../../../../codecs/crypto/index.js';
import { EditionError, type IndexPart } from '../../../../codecs/edition/index.js';
import { createFrameMemory, type FrameMemory } from '../../../../codecs/zstd/index.js';
import { partItems } from '../../../library/part-items.js';
import { bytesOf } from '../../keep/blob.js';
import type { Kept, KeptFile } from '../../keep/index.js';

/** A part whose digest is verified, as it is sent; its pieces are valid until the next is asked for. */
export type ReadPart = () => AsyncIterable<Uint8Array>;

/**
 * Keeps a part as it is sent, which is what can be verified, and passed on.
 *
 * @param id of the object that it was received as, if it was
 * @throws EditionError when its files are not what its index says; errors of the browser
 */
export async function keepPart(
  kept: Kept,
  part: IndexPart,
  read: ReadPart,
  memory: FrameMemory,
  id?: string,
): Promise<void> {
  const { sha256 } = part;
  if (kept.has(sha256)) return;
  async function filesIn(bytes: AsyncIterable<Uint8Array>): Promise<KeptFile[]> {
    const files: KeptFile[] = [];
    for await (const { kind, path, size } of partItems(bytes, part, { memory })) {
      if (kind === 'file') files.push({ path, size });
    }
    return files;
  }
  if (id !== undefined && (await kept.putBlocks(sha256, id, () => filesIn(read())))) return;
  await kept.putPart(sha256, (write) => {
    async function* written() {
      for await (const bytes of read()) {
        await write(bytes);
        yield bytes;
      }
    }
    return filesIn(written());
  });
}

/** Files of parts that are kept. */
export interface Parts {
  /** What is in a part, as it was found when it came; undefined: it is not there. */
  files(sha256: string): readonly KeptFile[] | undefined;
  /**
   * A file, with random access, once the part is verified anew; undefined: it is not there.
   *
   * @param maxBytes of its beginning: what is cut out of a Blob in memory is copied, so that less is better than a slice of all
   */
  file(part: IndexPart, path: string, maxBytes?: number): Promise<Blob | undefined>;
}

/** A part that was verified and unpacked. */
interface OpenPart {
  /** All that it unpacks to. */
  readonly content: Blob;
  readonly places: ReadonlyMap<string, { readonly start: number; readonly size: number }>;
  /** Bytes that were unpacked, and not found in the part as they are. */
  readonly unpacked: number;
  close(): Promise<void>;
}

/** Unpacked bytes of parts that stay open. */
const MAX_UNPACKED = 1 << 26;

/** @param onAltered called of a part that is not any more what the publisher signed, and is removed */
export function openParts(kept: Kept, crypto: Crypto, onAltered: (part: IndexPart) => void): Parts {
  const memory = createFrameMemory();
  const paths = new WeakMap<readonly KeptFile[], ReadonlySet<string>>();
  /** Those used last are the last. */
  const open = new Map<string, Promise<OpenPart | undefined>>();
  let unpacked = 0;
  /** One after the other: a part takes memory while it is unpacked. */
  let working: Promise<unknown> = Promise.resolve();

  async function openPart(part: IndexPart): Promise<OpenPart | undefined> {
    const sent = await kept.sent(part.sha256);
    if (sent === undefined) return undefined;
    const opened = await unpack(part, sent, { kept, crypto, memory });
    if (opened === undefined) {
      await kept.removePart(part.sha256);
      onAltered(part);
      return undefined;
    }
    unpacked += opened.unpacked;
    return opened;
  }

  async function closeOthers(): Promise<void> {
    for (const [sha256, opening] of [...open].slice(0, -1)) {
      if (unpacked <= MAX_UNPACKED) return;
      open.delete(sha256);
      const closed = await opening;
      unpacked -= closed?.unpacked ?? 0;
      await closed?.close();
    }
  }

  function opened(part: IndexPart): Promise<OpenPart | undefined> {
    const { sha256 } = part;
    const opening = open.get(sha256) ?? working.then(() => openPart(part));
    open.delete(sha256);
    open.set(sha256, opening);
    working = opening.then(closeOthers).catch(() => {});
    // what could not be read is tried once more
    opening.then((there) => there ?? open.delete(sha256)).catch(() => open.delete(sha256));
    return opening;
  }

  function lists(part: IndexPart, path: string): boolean {
    const files = kept.files(part.sha256) ?? [];
    const listed = paths.get(files) ?? new Set(files.map((each) => each.path));
    paths.set(files, listed);
    return listed.has(path);
  }

  return {
    files: kept.files,
    async file(part, path, maxBytes = Number.POSITIVE_INFINITY) {
      if (!lists(part, path)) return undefined;
      const found = await opened(part);
      const place = found?.places.get(path);
      return place && found!.content.slice(place.start, place.start + Math.min(place.size, maxBytes));
    },
  };
}

/** @returns undefined when it is not what the index lists */
async function unpack(
  part: IndexPart,
  sent: Blob,
  { kept, crypto, memory }: { kept: Kept; crypto: Crypto; memory: FrameMemory },
): Promise<OpenPart | undefined> {
  const hash = crypto.createSha256();
  const aside = kept.openAside();
  const pieces: Blob[] = [];
  const places = new Map<string, { start: number; size: number }>();
  let unpacked = 0;
  async function* hashed() {
    for await (const bytes of bytesOf(sent)) {
      hash.update(bytes);
      yield bytes;
    }
  }
  const items = partItems(hashed(), part, {
    memory,
    async onFrame(content, raw) {
      // a film is compressed already, and read where it lies
      for (const { at, length } of raw ?? []) pieces.push(sent.slice(at, at + length));
      if (raw !== undefined) return;
      unpacked += content.length;
      pieces.push(await aside.put(content));
    },
  });
  try {
    for await (const { kind, path, start, size } of items)
      if (kind === 'file') places.set(path, { start, size });
    if (toHex(hash.digest()) === part.sha256) {
      return { content: new Blob(pieces), places, unpacked, close: aside.remove };
    }
  } catch (error) {
    if (!(error instanceof EditionError)) throw error;
  }
  await aside.remove();
  return undefined;
}
