import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type OpenFile, readAt } from '../../../codecs/node/open-file.js';
import { type FoundRecord, MAX_RECORD_BYTES, readRecord } from './record.js';

const CHUNK_BYTES = 1 << 20;

/** The records of a file from its start to the first that is torn or damaged. Views are valid until the next one. */
export function* scanRecords(file: OpenFile, chunkBytes = CHUNK_BYTES): Generator<FoundRecord> {
  const chunk = new Uint8Array(chunkBytes);
  let base = 0;
  for (;;) {
    const held = chunk.subarray(0, readAt(file, chunk, base));
    let offset = 0;
    for (;;) {
      // a record that the chunk cuts is read with the next one
      if (held.length === chunkBytes && offset + MAX_RECORD_BYTES > chunkBytes) break;
      const record = readRecord(held, offset, base);
      if (record === undefined) return;
      yield record;
      offset = record.end - base;
    }
    base += offset;
  }
}

export function firstRecord(file: OpenFile): FoundRecord | undefined {
  const { done, value } = scanRecords(file, MAX_RECORD_BYTES).next();
  return done ? undefined : value;
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
