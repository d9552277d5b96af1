import type { DatagramStore } from './engine/store.js';
import { openTemporaryFile, type TemporaryFile } from './temporary-file.js';

/** Datagrams are written in pieces of this size. */
const BUFFER_BYTES = 1 << 18;
/** No UDP datagram is longer; a reference is position times this, plus length. */
const LENGTHS = 2 ** 16;

/** The datagrams of one object in a temporary file. */
interface ObjectFile {
  readonly file: TemporaryFile;
  /** What is not written yet. */
  readonly buffer: Uint8Array;
  buffered: number;
  /** Bytes in the file. */
  written: number;
}

/**
 * A store in temporary files, one for each object, so that memory does not grow with the objects on their way. Nothing
 * outlives the process.
 *
 * @param directory where the files stand, without names
 */
export function createFileStore(directory: string): DatagramStore {
  const objects = new Map<string, ObjectFile>();
  const scratch = new Uint8Array(LENGTHS);

  function open(object: string): ObjectFile {
    const file = openTemporaryFile(directory);
    const opened = { file, buffer: new Uint8Array(BUFFER_BYTES), buffered: 0, written: 0 };
    objects.set(object, opened);
    return opened;
  }

  function flush(into: ObjectFile): void {
    into.file.write(into.buffer.subarray(0, into.buffered), into.written);
    into.written += into.buffered;
    into.buffered = 0;
  }

  return {
    append(object, datagram) {
      const into = objects.get(object) ?? open(object);
      if (into.buffered + datagram.length > BUFFER_BYTES) flush(into);
      const position = into.written + into.buffered;
      into.buffer.set(datagram, into.buffered);
      into.buffered += datagram.length;
      return position * LENGTHS + datagram.length;
    },
    read(object, references, visit) {
      const from = objects.get(object);
      for (const [index, reference] of references.entries()) {
        if (from === undefined) throw new RangeError(`The store has no datagrams of ${object}.`);
        const position = Math.floor(reference / LENGTHS);
        const length = reference % LENGTHS;
        if (position >= from.written) {
          const start = position - from.written;
          visit(from.buffer.subarray(start, start + length), index);
          continue;
        }
        from.file.read(scratch.subarray(0, length), position);
        visit(scratch.subarray(0, length), index);
      }
    },
    drop(object) {
      objects.get(object)?.file.close();
      objects.delete(object);
    },
  };
}
