import type { CreateSink } from './engine/sink.js';
import { openTemporaryFile } from './temporary-file.js';

const CHUNK_BYTES = 1 << 20;

/** Sinks in temporary files: objects are rebuilt on the disk. */
export function createFileSinks(directory: string): CreateSink {
  return ({ transferLength }) => {
    const file = openTemporaryFile(directory);
    return {
      write: (offset, bytes) => file.write(bytes, offset),
      async *read() {
        for (let position = 0; position < transferLength; ) {
          const chunk = new Uint8Array(Math.min(CHUNK_BYTES, transferLength - position));
          const length = file.read(chunk, position);
          if (length === 0) throw new RangeError(`The object ends at byte ${position} of ${transferLength}.`);
          yield chunk.subarray(0, length);
          position += length;
        }
      },
      discard: () => file.close(),
    };
  };
}
