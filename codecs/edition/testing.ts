/** Trees for the tests of this folder. */

import { concatBytes, utf8Encode } from '../bytes.js';
import type { ReadFile, TreeDirectory, TreeFile } from './index.js';

export interface TestFile extends TreeFile {
  open(): AsyncIterable<Uint8Array>;
}

export const read: ReadFile<TestFile> = (file) => file.open();

export function file(path: string, content: string | Uint8Array): TestFile {
  const bytes = typeof content === 'string' ? utf8Encode(content) : content;
  return { kind: 'file', path, size: bytes.length, open: () => piecesOf(bytes, 1000) };
}

/** A file that is only cut, never read. */
export function sized(path: string, size: number): TestFile {
  return {
    kind: 'file',
    path,
    size,
    open() {
      throw new Error(`${path} is not there to be read.`);
    },
  };
}

export const directory = (path: string): TreeDirectory => ({ kind: 'directory', path });

export async function* piecesOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice());
  return concatBytes(...parts);
}
