import { compress, decompress, init } from '@bokuweb/zstd-wasm';

/** The whole-buffer functions of the WebAssembly library. Its memory is freed after each call and used again. */
export interface ZstdLibrary {
  /** One frame with content size and without checksum. */
  compress(content: Uint8Array, level: number): Uint8Array;
  /** The content of exactly one frame with a sound header; without a declared size at most `capacity` bytes. */
  decompress(frame: Uint8Array, options: { defaultHeapSize: number }): Uint8Array;
}

let loading: Promise<ZstdLibrary> | undefined;

/** Compiles the library on first use. In a browser it fetches zstd.wasm from beside its own module. */
export function loadZstd(): Promise<ZstdLibrary> {
  loading ??= init().then(() => ({ compress, decompress }));
  return loading;
}
