import { concatBytes } from '../bytes.js';
import { PcapError } from '../pcap/index.js';
import { decompress, ZstdError } from '../zstd/index.js';

/** Decompresses gzip (RFC 1952), all members. @throws PcapError on iteration when it is damaged */
export type Gunzip = (file: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

const HEAD_BYTES = 6;
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Formats that are not read here: their first bytes, and the command that helps. */
const OTHERS: readonly (readonly [string, readonly number[], string])[] = [
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz -dk FILE'],
  ['bzip2', [0x42, 0x5a, 0x68], 'bzip2 -dk FILE'],
  ['lz4', [0x04, 0x22, 0x4d, 0x18], 'lz4 -d FILE'],
  ['7-Zip', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], '7z x FILE'],
  ['zip', [0x50, 0x4b, 0x03, 0x04], 'unzip FILE'],
];

/** True when a file that begins like this is compressed with gzip. */
export function isGzip(head: Uint8Array): boolean {
  return begins(head, GZIP);
}

/**
 * The content of a recording that may be compressed with gzip or zstd, in pieces and bounded memory; any other file as it
 * is.
 *
 * @throws PcapError when it is damaged, or compressed otherwise
 */
export async function* decompressed(
  file: AsyncIterable<Uint8Array>,
  gunzip: Gunzip,
): AsyncGenerator<Uint8Array> {
  const iterator = file[Symbol.asyncIterator]();
  try {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < HEAD_BYTES) {
      const { value, done } = await iterator.next();
      if (done) break;
      // a copy: the piece is valid until the next is asked for
      head = concatBytes(head, value);
    }
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (isGzip(head)) yield* gunzip(joined(head, rest));
    else if (begins(head, ZSTD)) yield* unzstd(joined(head, rest));
    else {
      refuseOthers(head);
      yield* joined(head, rest);
    }
  } finally {
    await iterator.return?.();
  }
}

async function* joined(head: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* unzstd(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of decompress(file, { maxSize: Number.POSITIVE_INFINITY })) {
      // it is valid until the next, and datagrams are views of it
      yield piece.slice();
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    throw new PcapError(`${error.message} This gives what can be read: zstd -dc FILE > RECORDING`);
  }
}

function refuseOthers(head: Uint8Array): void {
  for (const [name, magic, command] of OTHERS) {
    if (!begins(head, magic)) continue;
    throw new PcapError(`The file is compressed with ${name}, which is not read here. Unpack it: ${command}`);
  }
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte);
}
