import { closeFile, type OpenFile, writeAt } from '../../../codecs/node/open-file.js';
import { openTemporaryFile } from '../../../codecs/node/temporary-file.js';
import type { DatagramStore } from '../../engine/ports/store.js';
import { readDatagrams, referenceTo } from './datagram-file.js';

/** Datagrams of one group stand together in extents of this size, and are written and read so. */
const EXTENT_BYTES = 1 << 16;
/** Extents of an object in memory, which are not full yet. */
const MAX_OPEN = 256;

interface Extent {
  /** In the file. */
  readonly position: number;
  readonly buffer: Uint8Array;
  length: number;
  /** How much of it stands in the file. */
  written: number;
}

/** The datagrams of one object in a temporary file. */
interface ObjectFile {
  readonly file: OpenFile;
  /** The extent that each group fills, in the order in which they were begun. */
  readonly open: Map<number, Extent>;
  /** Where the next extent begins. */
  end: number;
}

/** A store in files that other threads can read. */
export interface FileStore extends DatagramStore {
  /** The file of an object, with all datagrams of a group in it. */
  file(object: string, group: number): OpenFile;
}

/**
 * A store in temporary files, one for each object, so that memory does not grow with the objects on their way. Nothing
 * outlives the process.
 *
 * @param directory where the files stand, without names
 */
export function createFileStore(directory: string): FileStore {
  const objects = new Map<string, ObjectFile>();
  const spare: Uint8Array[] = [];

  function openObject(object: string): ObjectFile {
    const opened = { file: openTemporaryFile(directory), open: new Map<number, Extent>(), end: 0 };
    objects.set(object, opened);
    return opened;
  }

  function flush(file: OpenFile, extent: Extent): void {
    const { buffer, position, written, length } = extent;
    if (written < length) writeAt(file, buffer.subarray(written, length), position + written);
    extent.written = length;
  }

  function close(into: ObjectFile, group: number): void {
    const extent = into.open.get(group);
    if (extent === undefined) return;
    flush(into.file, extent);
    into.open.delete(group);
    if (spare.length < MAX_OPEN) spare.push(extent.buffer);
  }

  function openExtent(into: ObjectFile, group: number): Extent {
    close(into, group);
    if (into.open.size >= MAX_OPEN) close(into, into.open.keys().next().value!);
    const buffer = spare.pop() ?? new Uint8Array(EXTENT_BYTES);
    const extent = { position: into.end, buffer, length: 0, written: 0 };
    into.end += EXTENT_BYTES;
    into.open.set(group, extent);
    return extent;
  }

  return {
    append(object, datagram, group) {
      const into = objects.get(object) ?? openObject(object);
      let extent = into.open.get(group);
      if (extent === undefined || extent.length + datagram.length > EXTENT_BYTES) {
        extent = openExtent(into, group);
      }
      const position = extent.position + extent.length;
      extent.buffer.set(datagram, extent.length);
      extent.length += datagram.length;
      return referenceTo(position, datagram.length);
    },
    read(object, references, visit) {
      const from = objects.get(object);
      if (from === undefined) {
        if (references.length > 0) throw new RangeError(`The store has no datagrams of ${object}.`);
        return;
      }
      for (const extent of from.open.values()) flush(from.file, extent);
      readDatagrams(from.file, references, visit);
    },
    drop(object) {
      const dropped = objects.get(object);
      if (dropped === undefined) return;
      closeFile(dropped.file);
      objects.delete(object);
    },
    file(object, group) {
      const { file, open } = objects.get(object)!;
      const extent = open.get(group);
      if (extent !== undefined) flush(file, extent);
      return file;
    },
  };
}
