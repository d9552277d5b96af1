import { closeFile, type OpenFile, readAt, writeAt } from '../../codecs/node/open-file.js';
import { openTemporaryFile } from '../../codecs/node/temporary-file.js';
import type { CreateSink } from '../engine/ports/sink.js';

const CHUNK_BYTES = 1 << 18;

/** Sinks in temporary files: objects are rebuilt on the disk. */
export interface FileSinks {
  readonly create: CreateSink;
  /** The file of an object whose sink is open, by the object's id. */
  file(object: string): OpenFile;
  /** Gives the file of an object back that was read for the last time; its sink may be discarded later. */
  free(object: string): void;
  /** Gives all files back. */
  close(): void;
}

export function createFileSinks(directory: string): FileSinks {
  const open = new Map<string, { readonly file: OpenFile; readonly close: () => void }>();
  const closes = new Set<() => void>();
  /** What was read into, and nobody uses. */
  let spare: Uint8Array | undefined;

  async function* read(file: OpenFile, length: number): AsyncGenerator<Uint8Array> {
    const chunk = spare ?? new Uint8Array(CHUNK_BYTES);
    spare = undefined;
    try {
      for (let position = 0; position < length; ) {
        const held = readAt(file, chunk.subarray(0, length - position), position);
        if (held === 0) throw new RangeError(`The object ends at byte ${position} of ${length}.`);
        yield chunk.subarray(0, held);
        position += held;
      }
    } finally {
      spare = chunk;
    }
  }

  return {
    create({ id, transferLength }) {
      const file = openTemporaryFile(directory);
      const close = () => {
        if (!closes.delete(close)) return;
        closeFile(file);
        // an object may be received once more before its content is given back
        if (open.get(id) === opened) open.delete(id);
      };
      const opened = { file, close };
      open.set(id, opened);
      closes.add(close);
      return {
        write: (offset, bytes) => writeAt(file, bytes, offset),
        read: () => read(file, transferLength),
        discard: close,
      };
    },
    file: (object) => open.get(object)!.file,
    free: (object) => open.get(object)?.close(),
    close() {
      for (const each of closes) each();
    },
  };
}
