import { openSync } from 'node:fs';
import { closeFile, readAt } from '../../codecs/node/open-file.js';

/** Bytes of a file that are read at a time. */
const READ_BYTES = 256 * 1024;

export type FileReader = (path: string) => AsyncGenerator<Uint8Array>;

/** Reads into the same memory again and again: the garbage collector is in no hurry with what lies outside its heap. */
export function createFileReader(): FileReader {
  const memory = new Uint8Array(READ_BYTES);
  return async function* read(path) {
    const file = { descriptor: openSync(path, 'r'), path };
    try {
      let count = memory.length;
      for (let position = 0; count === memory.length; position += count) {
        count = readAt(file, memory, position);
        if (count > 0) yield memory.subarray(0, count);
      }
    } finally {
      closeFile(file);
    }
  };
}
