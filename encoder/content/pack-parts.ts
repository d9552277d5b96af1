import {
  archiveLength,
  type PartCut,
  packPart,
  type ReadFile,
  type TreeFile,
} from '../../codecs/edition/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { type OpenFile, writeLater } from '../../codecs/node/open-file.js';
import { chunkMemory, fillChunks, requireLevel } from '../../codecs/zstd/index.js';
import { inOrder, type PoolOptions, withPool } from '../threads/pool.js';
import type { CompressJob } from './compress-job.js';
import { COMPRESS } from './jobs.js';

/** Where a part is written. */
export interface PartTarget {
  readonly file: OpenFile;
  /** Byte offset of its beginning. */
  readonly position: number;
}

/** A part as it is sent. */
export interface PackedPart extends PartTarget {
  readonly cut: PartCut;
  /** Bytes. */
  readonly length: number;
  readonly sha256: Uint8Array;
}

export interface PackOptions<File extends TreeFile = TreeFile> extends PoolOptions {
  /** Level of zstd, 1..22. */
  readonly level: number;
  readonly read: ReadFile<File>;
  /** Where a part is to be written. */
  openTarget(cut: PartCut): PartTarget | Promise<PartTarget>;
  /** Awaited when a part is written, before the next one is opened. */
  onPacked(part: PackedPart): void | Promise<void>;
  /** Called with the bytes of the archives read so far. */
  onArchived(bytes: number): void;
}

/** Bytes of an archive that one zstd frame holds: independent frames bound the memory of both sides. */
const CHUNK_BYTES = 8 * 1024 * 1024;
/** Levels up to here take about 90 MB a thread, chunk and frame included; higher ones 150 MB and more. */
const LAST_SMALL_LEVEL = 15;

/** A chunk of a part's archive, on its way through the compressor. */
interface PartChunk {
  readonly cut: PartCut;
  readonly job: CompressJob;
  readonly isLast: boolean;
}

/**
 * Packs and compresses parts, one after the other; several chunks are compressed at a time.
 *
 * @throws EditionError when a file changed meanwhile, or an error of the operating system
 */
export async function packParts<File extends TreeFile>(
  cuts: Iterable<PartCut<File>>,
  options: PackOptions<File>,
): Promise<void> {
  const { level, onPacked, openTarget } = options;
  requireLevel(level);
  // All threads together stay below 200 MB.
  const threads = Math.min(options.threads, level <= LAST_SMALL_LEVEL ? 2 : 1);
  await withPool(COMPRESS, { level }, { ...options, threads }, async (pool) => {
    const onTheWay: PartChunk[] = [];
    /** Memory of chunks that are written. */
    const free: Uint8Array[] = [];
    async function* jobs(): AsyncGenerator<CompressJob> {
      for await (const chunk of chunksOf(cuts, free, options)) {
        onTheWay.push(chunk);
        yield chunk.job;
      }
    }
    let writer: PartWriter | undefined;
    const memoryOf = ({ memory }: CompressJob) => [memory.buffer as ArrayBuffer];
    for await (const frame of inOrder(pool, jobs(), memoryOf)) {
      const { cut, isLast } = onTheWay.shift()!;
      writer ??= createPartWriter(cut, await openTarget(cut));
      await writer.write(frame);
      free.push(new Uint8Array(frame.buffer as ArrayBuffer));
      if (!isLast) continue;
      await onPacked(writer.end());
      writer = undefined;
    }
  });
}

/** The archives of all parts, cut into chunks, in memory of `free` where there is some. */
async function* chunksOf<File extends TreeFile>(
  cuts: Iterable<PartCut<File>>,
  free: Uint8Array[],
  { read: readFile, onArchived, interrupted }: PackOptions<File>,
): AsyncGenerator<PartChunk> {
  let read = 0;
  async function* pieces(cut: PartCut<File>): AsyncGenerator<Uint8Array> {
    for await (const piece of packPart(cut, readFile)) {
      interrupted?.throwIfAborted();
      read += piece.length;
      onArchived(read);
      yield piece;
    }
  }
  for (const cut of cuts) {
    let left = archiveLength(cut);
    let memory: Uint8Array = new Uint8Array(0);
    const nextMemory = () => {
      memory = free.pop() ?? chunkMemory(CHUNK_BYTES);
      return memory;
    };
    for await (const length of fillChunks(pieces(cut), CHUNK_BYTES, nextMemory)) {
      left -= length;
      yield { cut, job: { memory, length }, isLast: left === 0 };
      if (left === 0) break;
    }
  }
}

interface PartWriter {
  write(frame: Uint8Array): Promise<void>;
  end(): PackedPart;
}

function createPartWriter(cut: PartCut, { file, position }: PartTarget): PartWriter {
  const sha256 = nodeCrypto.createSha256();
  let length = 0;
  return {
    async write(frame) {
      // The operating system writes while this thread hashes.
      const written = writeLater(file, frame, position + length);
      length += frame.length;
      sha256.update(frame);
      await written;
    },
    end: () => ({ cut, file, position, length, sha256: sha256.digest() }),
  };
}
