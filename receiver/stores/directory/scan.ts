import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type OpenFile, readAt } from '../../../codecs/node/open-file.js';
import { type FoundRecord, findRecord, MARK_BYTES, MAX_RECORD_BYTES, readRecord } from './record.js';

const CHUNK_BYTES = 1 << 20;

/** All sound records of a file; what is torn or damaged is passed over. Views are valid until the next one. */
export function* scanRecords(file: OpenFile, chunkBytes = CHUNK_BYTES): Generator<FoundRecord> {
  const { size } = fstatSync(file.descriptor);
  // of a short file as much as it has: a store may have thousands of them
  const chunk = new Uint8Array(Math.min(chunkBytes, size));
  let base = 0;
  for (;;) {
    const held = chunk.subarray(0, readAt(file, chunk, base));
    const isLast = held.length < chunkBytes;
    // a record that the chunk may cut is read with the next one
    const end = isLast ? held.length : chunkBytes - MAX_RECORD_BYTES + 1;
    let offset = 0;
    while (offset < end) {
      const record = readRecord(held, offset, base);
      if (record !== undefined) {
        yield record;
        offset = record.end - base;
      } else offset = findRecord(held, offset + 1);
    }
    if (isLast) return;
    base += Math.min(offset, chunkBytes - MARK_BYTES.length + 1);
  }
}

/** Opens a file of the store for reading: no link, and nothing that blocks. */
export function openForReading(path: string): OpenFile | undefined {
  // Windows has neither flag, nor what they guard against
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
  if (fstatSync(descriptor).isFile()) return { descriptor, path };
  closeSync(descriptor);
  return undefined;
}
