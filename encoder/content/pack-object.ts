import type { Crypto } from '../../codecs/crypto/index.js';
import { type SecretKey, signDigest } from '../../codecs/minisign/index.js';
import type { OpenFile } from '../../codecs/node/open-file.js';
import { chunkBytesFor, chunkMemory, fillChunks, requireLevel } from '../../codecs/zstd/index.js';
import { inOrder, type Pool, type PoolOptions, withPool } from '../threads/pool.js';
import type { CompressJob } from './compress-job.js';
import { COMPRESS, WRITE_OBJECT } from './jobs.js';
import type { ObjectDigests, WriteObjectJob } from './write-object-job.js';

/** A transfer object: a compressed archive, from the beginning of a file, and the publisher's word for it. */
export interface TransferObject {
  readonly file: OpenFile;
  /** Bytes. */
  readonly length: number;
  /** Bytes of the tar archive in it. */
  readonly archiveLength: number;
  readonly sha256: Uint8Array;
  /** Text of the minisign signature file. */
  readonly signature: string;
}

export interface ObjectOptions extends PoolOptions {
  /** Signs; digests are made by node:crypto in any thread. */
  readonly crypto: Crypto;
  readonly publisher: SecretKey;
  /** The signature covers it: `datacast sequence:<N> name:<name>`. */
  readonly sequence: number;
  readonly name: string;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** About so many bytes are in the archive. */
  readonly contentBytes: number;
  /** Called with the bytes of the archive read so far. */
  onArchived(bytes: number): void;
}

/** What the publisher signs besides the content. */
export function trustedComment(sequence: number, name: string): string {
  return `datacast sequence:${sequence} name:${name}`;
}

/**
 * Compresses an archive into an empty file, and signs it on the way; nothing is held as a whole.
 *
 * @throws MinisignError when the name cannot stand in a signature's comment
 */
export async function createObject(
  archive: AsyncIterable<Uint8Array>,
  file: OpenFile,
  options: ObjectOptions,
): Promise<TransferObject> {
  const { crypto, publisher, sequence, name, level, contentBytes } = options;
  requireLevel(level);
  const chunks = Math.ceil(contentBytes / chunkBytesFor(contentBytes));
  // Compressing, hashing and writing overlap when there is more than one chunk; one that takes long is not done here.
  const isLong = chunks > 1 || contentBytes > SHORT_BYTES;
  const most = (threads: number) => ({
    ...options,
    threads: isLong ? Math.min(options.threads, threads) : 0,
  });
  return withPool(COMPRESS, { level }, most(compressThreads(level)), (frames) =>
    withPool(WRITE_OBJECT, { file }, most(1), async (writer) => {
      const lengths = await compressInto(archive, frames, writer, options);
      const { sha256, blake2b512 } = (await writer.run('end')) as ObjectDigests;
      const comment = trustedComment(sequence, name);
      const signature = await signDigest(crypto, blake2b512, publisher, comment, UNTRUSTED_COMMENT);
      return { file, ...lengths, sha256, signature };
    }),
  );
}

/** So much is compressed within half a second at any level. */
const SHORT_BYTES = 500_000;
const UNTRUSTED_COMMENT = 'signature of a datacast bundle';

/** @returns bytes of the archive and of the object */
async function compressInto(
  archive: AsyncIterable<Uint8Array>,
  frames: Pool<CompressJob, Uint8Array>,
  writer: Pool<WriteObjectJob, Uint8Array | ObjectDigests>,
  { contentBytes, onArchived }: ObjectOptions,
): Promise<{ archiveLength: number; length: number }> {
  let archiveLength = 0;
  let length = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of archive) {
      archiveLength += piece.length;
      onArchived(archiveLength);
      yield piece;
    }
  }
  const chunkBytes = chunkBytesFor(contentBytes);
  // Memory goes from chunk to frame to file and comes back.
  const free: Uint8Array[] = [];
  let memory: Uint8Array;
  const nextMemory = () => {
    memory = free.pop() ?? chunkMemory(chunkBytes);
    return memory;
  };
  async function* jobs(): AsyncGenerator<CompressJob> {
    for await (const bytes of fillChunks(counted(), chunkBytes, nextMemory)) yield { memory, length: bytes };
  }
  const bufferOf = (bytes: Uint8Array) => [bytes.buffer as ArrayBuffer];

  let writing: Promise<void> = Promise.resolve();
  for await (const frame of inOrder(frames, jobs(), (job) => bufferOf(job.memory))) {
    await writing;
    length += frame.length;
    writing = writer.run(frame, bufferOf(frame)).then((written) => {
      free.push(new Uint8Array((written as Uint8Array).buffer));
    });
    // It is awaited before the next frame or at the end.
    writing.catch(() => {});
  }
  await writing;
  return { archiveLength, length };
}

/** Levels up to here take about 90 MB a thread, chunk and frame included; higher ones 150 MB and more. */
const LAST_SMALL_LEVEL = 15;

/** All threads together stay below 200 MB. */
function compressThreads(level: number): number {
  return level <= LAST_SMALL_LEVEL ? 2 : 1;
}
