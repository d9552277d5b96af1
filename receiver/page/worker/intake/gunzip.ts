import { Gunzip } from 'fflate';
import { PcapError } from '../../../../codecs/pcap/index.js';

/** Bytes that are decompressed at a time, so that what they become takes bounded memory. */
const CHUNK_BYTES = 1 << 16;

/** Decompresses gzip, all members. @throws PcapError when it is damaged or cut off */
export async function* gunzip(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let content: Uint8Array[] = [];
  const stream = new Gunzip((piece) => void content.push(piece));
  const push = (bytes: Uint8Array, isLast: boolean) => {
    content = [];
    try {
      stream.push(bytes, isLast);
    } catch (error) {
      throw new PcapError(`The gzip data is damaged: ${(error as Error).message}.`);
    }
    return content;
  };
  for await (const bytes of file) {
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      // the library keeps what it is given, and hands out memory that it writes again
      for (const piece of push(bytes.slice(at, at + CHUNK_BYTES), false)) yield piece.slice();
    }
  }
  yield* push(new Uint8Array(0), true);
}
