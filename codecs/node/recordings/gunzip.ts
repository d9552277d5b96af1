import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { copyBytes } from '../../bytes.js';
import { PcapError } from '../../pcap/index.js';

/** Handed out at a time. */
const CHUNK_BYTES = 1 << 18;

/** Decompresses gzip, all members. What a file has that is cut off is handed out. @throws PcapError when it is damaged */
export async function* gunzip(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const options = { chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
  // what fails is thrown below
  const content = pipeline(Readable.from(copies(file)), createGunzip(options), () => {});
  try {
    yield* content;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new PcapError(`The gzip data is damaged: ${(error as Error).message}.`);
  }
}

/** The stream reads ahead, and the memory of a piece may be used again after the next. */
async function* copies(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of file) yield copyBytes(piece);
}
