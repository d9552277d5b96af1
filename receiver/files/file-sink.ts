import { closeFile, type OpenFile, readAt, writeAt } from '../../codecs/node/open-file.js';
import { openTemporaryFile } from '../../codecs/node/temporary-file.js';
import type { CreateSink } from '../engine/ports/sink.js';

const CHUNK_BYTES = 1 << 20;

/** Sinks in temporary files: objects are rebuilt on the disk. */
export interface FileSinks {
  readonly create: CreateSink;
  /** The file of an object whose sink is open, by the object's id. */
  file(object: string): OpenFile;
}

export function createFileSinks(directory: string): FileSinks {
  const files = new Map<string, OpenFile>();
  return {
    create({ id, transferLength }) {
      const file = openTemporaryFile(directory);
      files.set(id, file);
      return {
        write: (offset, bytes) => writeAt(file, bytes, offset),
        async *read() {
          for (let position = 0; position < transferLength; ) {
            const chunk = new Uint8Array(Math.min(CHUNK_BYTES, transferLength - position));
            const length = readAt(file, chunk, position);
            if (length === 0)
              throw new RangeError(`The object ends at byte ${position} of ${transferLength}.`);
            yield chunk.subarray(0, length);
            position += length;
          }
        },
        discard() {
          closeFile(file);
          if (files.get(id) === file) files.delete(id);
        },
      };
    },
    file: (object) => files.get(object)!,
  };
}
