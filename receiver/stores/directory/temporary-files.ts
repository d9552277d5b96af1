import { closeFile, type OpenFile, writeAt } from '../../../codecs/node/open-file.js';
import { openTemporaryFile } from '../../../codecs/node/temporary-file.js';
import type { DatagramStore } from '../../engine/ports/store.js';
import { createReadMemory, readDatagrams, referenceTo } from './datagram-file.js';

/** Datagrams of one group stand together in extents of this size; no datagram is longer. */
const EXTENT_BYTES = 1 << 16;
/** What is appended to an extent is written when there is so much of it. */
const BUFFER_BYTES = 1 << 14;
const MAX_BUFFERS = 256;

interface Extent {
  /** In the file. */
  readonly position: number;
  length: number;
  /** How much of it stands in the file; the rest is in the buffer. */
  written: number;
  buffer: Uint8Array | undefined;
}

/** The datagrams of one object. */
interface ObjectExtents {
  /** The extent that each group fills. */
  readonly open: Map<number, Extent>;
  /** Of all its extents. */
  readonly positions: number[];
}

/** A store in files that other threads can read. */
export interface FileStore extends DatagramStore {
  /** The file of an object, with all datagrams of a group in it. */
  file(object: string, group: number): OpenFile;
}

/**
 * A store in a temporary file, so that memory and open files do not grow with the objects on their way. Nothing outlives the
 * process.
 *
 * @param directory where the file stands, without a name
 */
export function createFileStore(directory: string): FileStore {
  const objects = new Map<string, ObjectExtents>();
  /** Extents with a buffer, the one that was begun first at the front. */
  const buffered = new Set<Extent>();
  /** Buffers that nothing uses. */
  const spare: Uint8Array[] = [];
  const memory = createReadMemory();
  let file: OpenFile | undefined;
  let free: number[] = [];
  let end = 0;

  function openFile(): OpenFile {
    file ??= openTemporaryFile(directory);
    return file;
  }

  function flush(extent: Extent): void {
    const { buffer, position, written, length } = extent;
    if (buffer === undefined) return;
    if (written < length) writeAt(openFile(), buffer.subarray(0, length - written), position + written);
    extent.written = length;
    giveBack(extent);
  }

  function giveBack(extent: Extent): void {
    if (extent.buffer !== undefined) spare.push(extent.buffer);
    extent.buffer = undefined;
    buffered.delete(extent);
  }

  function openExtent(into: ObjectExtents, group: number): Extent {
    const earlier = into.open.get(group);
    if (earlier !== undefined) flush(earlier);
    let position = free.pop();
    if (position === undefined) {
      position = end;
      end += EXTENT_BYTES;
    }
    into.positions.push(position);
    const extent = { position, length: 0, written: 0, buffer: undefined };
    into.open.set(group, extent);
    return extent;
  }

  function write(extent: Extent, datagram: Uint8Array): void {
    if (extent.length - extent.written + datagram.length > BUFFER_BYTES) flush(extent);
    if (datagram.length > BUFFER_BYTES) {
      writeAt(openFile(), datagram, extent.position + extent.length);
      extent.written += datagram.length;
    } else {
      if (extent.buffer === undefined) {
        if (buffered.size >= MAX_BUFFERS) flush(buffered.values().next().value!);
        extent.buffer = spare.pop() ?? new Uint8Array(BUFFER_BYTES);
        buffered.add(extent);
      }
      extent.buffer.set(datagram, extent.length - extent.written);
    }
    extent.length += datagram.length;
  }

  return {
    append(object, datagram, group) {
      const into = objects.get(object) ?? { open: new Map(), positions: [] };
      objects.set(object, into);
      let extent = into.open.get(group);
      if (extent === undefined || extent.length + datagram.length > EXTENT_BYTES) {
        extent = openExtent(into, group);
      }
      const reference = referenceTo(extent.position + extent.length, datagram.length);
      write(extent, datagram);
      return reference;
    },
    read(object, references, visit) {
      const from = objects.get(object);
      if (from === undefined) {
        if (references.length > 0) throw new RangeError(`The store has no datagrams of ${object}.`);
        return;
      }
      for (const extent of from.open.values()) flush(extent);
      readDatagrams(openFile(), references, visit, memory);
    },
    drop(object) {
      const dropped = objects.get(object);
      if (dropped === undefined) return;
      for (const extent of dropped.open.values()) giveBack(extent);
      for (const position of dropped.positions) free.push(position);
      objects.delete(object);
      if (objects.size > 0) return;
      // nothing is in it: its room is given back
      if (file !== undefined) closeFile(file);
      file = undefined;
      free = [];
      end = 0;
    },
    file(object, group) {
      const extent = objects.get(object)!.open.get(group);
      if (extent !== undefined) flush(extent);
      return openFile();
    },
  };
}
