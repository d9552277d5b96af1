import { compress, decompress, init } from '@bokuweb/zstd-wasm';
import xxhash from 'xxhash-wasm';

/** The whole-buffer functions of the WebAssembly libraries. Their memory is freed after each call and used again. */
export interface ZstdLibrary {
  /** One frame with content size and without checksum. */
  compress(content: Uint8Array, level: number): Uint8Array;
  /** The content of exactly one frame with a sound header; without a declared size at most `capacity` bytes. */
  decompress(frame: Uint8Array, options: { defaultHeapSize: number }): Uint8Array;
  /** Content_Checksum (RFC 8878 section 3.1.1): the low half of XXH64 with seed 0. */
  checksum(content: Uint8Array): number;
}

let loading: Promise<ZstdLibrary> | undefined;

/** Compiles the libraries on first use. In a browser zstd.wasm is fetched from beside its own module. */
export function loadZstd(): Promise<ZstdLibrary> {
  loading ??= load();
  return loading;
}

/** Hashed at a time: so much is copied into the library's memory. */
const HASHED_BYTES = 64 * 1024;

async function load(): Promise<ZstdLibrary> {
  const [{ create64 }] = await Promise.all([xxhash(), init()]);
  return {
    compress,
    decompress,
    checksum(content) {
      const hash = create64();
      for (let at = 0; at < content.length; at += HASHED_BYTES) {
        hash.update(content.subarray(at, at + HASHED_BYTES));
      }
      return Number(hash.digest() & 0xffff_ffffn);
    },
  };
}
