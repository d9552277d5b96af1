import { closeSync, constants, fdatasync, openSync, truncateSync, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { equalBytes, utf8Decode, utf8Encode } from '../../../codecs/bytes.js';
import { closeFile, type OpenFile, writeAt } from '../../../codecs/node/open-file.js';
import {
  type FoundRecord,
  type JournalRecord,
  MAX_RECORD_BYTES,
  RECORD_HEADER_BYTES,
  recordLength,
  writeRecord,
} from './record.js';
import { firstRecord, openForReading, scanRecords } from './scan.js';

/** The datagrams of one object in an append-only file. */
export interface Journal {
  readonly object: string;
  readonly path: string;
  /** Of its datagrams with what belongs to each; of a file that was found, an estimate until `records` comes to its end. */
  readonly bytes: number;
  /** Returns where the datagram stands in the file. */
  append(record: JournalRecord): number;
  /** The file, with all that was appended in it. */
  file(): OpenFile;
  /** All records but the head. When a file that was found is read to its end, what is torn or damaged is cut off. */
  records(): Generator<FoundRecord>;
  /** Sees all that was appended onto the disk. */
  sync(): Promise<void>;
  /** To be called when nothing is in work on it. What was not synced may be lost. */
  close(): void;
  /** Takes its file and its bytes away; to be closed afterwards. */
  remove(): void;
}

/** The first record of a file names its object. */
const HEAD_GROUP = 2 ** 32 - 2;
const FORMAT = utf8Encode('datacast journal 1');
/** Windows has no links that would have to be refused. */
const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

const datasync = promisify(fdatasync);

/** Bytes that a datagram counts. */
export function storedSize(datagram: Uint8Array): number {
  return RECORD_HEADER_BYTES + datagram.length;
}

/** What all journals of a store hold. */
export interface Tally {
  bytes: number;
}

/** Makes the journal of an object; what stood at its place, and was no journal, goes. */
export function createJournal(path: string, object: string, tally: Tally): Journal {
  removeJournal(path);
  const file = { descriptor: openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600), path };
  const journal = journalOn({ path, object, bytes: 0, file, end: 0 }, tally);
  journal.append({ group: HEAD_GROUP, destination: FORMAT, datagram: utf8Encode(object) });
  return journal;
}

/** The journal that an earlier run left; undefined when there is none with a sound head. */
export function findJournal(path: string, size: number, tally: Tally): Journal | undefined {
  const file = openForReading(path);
  if (file === undefined) return undefined;
  try {
    const head = firstRecord(file);
    if (head?.group !== HEAD_GROUP || !equalBytes(head.destination, FORMAT)) return undefined;
    const object = utf8Decode(head.datagram);
    return journalOn({ path, object, bytes: size - head.end, file: undefined, end: undefined }, tally);
  } finally {
    closeFile(file);
  }
}

export function removeJournal(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

interface JournalState {
  readonly path: string;
  readonly object: string;
  bytes: number;
  /** Opened when it is needed: a store may hold more journals than a process may open files. */
  file: OpenFile | undefined;
  /** Where the next record begins; undefined when it is not known yet. */
  end: number | undefined;
}

function journalOn(state: JournalState, tally: Tally): Journal {
  const { path, object } = state;
  tally.bytes += state.bytes;
  /** Records that are not in the file yet. */
  let buffer: Uint8Array | undefined;
  let buffered = 0;

  function open(): OpenFile {
    state.file ??= { descriptor: openSync(path, O_RDWR | O_NOFOLLOW), path };
    return state.file;
  }

  function flush(): void {
    if (buffered > 0) writeAt(open(), buffer!.subarray(0, buffered), state.end! - buffered);
    buffered = 0;
  }

  function grow(bytes: number): void {
    state.bytes += bytes;
    tally.bytes += bytes;
  }

  function* records(): Generator<FoundRecord> {
    flush();
    const file = openForReading(path);
    if (file === undefined) return;
    let good = 0;
    let bytes = 0;
    try {
      for (const record of scanRecords(file)) {
        good = record.end;
        if (record.group === HEAD_GROUP) continue;
        bytes += storedSize(record.datagram);
        yield record;
      }
    } finally {
      closeFile(file);
    }
    if (state.end !== undefined) return;
    truncateSync(path, good);
    state.end = good;
    grow(bytes - state.bytes);
  }

  return {
    object,
    path,
    get bytes() {
      return state.bytes;
    },
    append(record) {
      if (state.end === undefined) for (const _ of records());
      const length = recordLength(record);
      buffer ??= new Uint8Array(MAX_RECORD_BYTES);
      if (buffered + length > buffer.length) flush();
      writeRecord(buffer.subarray(buffered), record);
      buffered += length;
      state.end! += length;
      if (record.group !== HEAD_GROUP) grow(storedSize(record.datagram));
      return state.end! - record.datagram.length;
    },
    file() {
      flush();
      return open();
    },
    records,
    async sync() {
      flush();
      if (state.file !== undefined) await datasync(state.file.descriptor);
    },
    remove() {
      removeJournal(path);
      grow(-state.bytes);
    },
    close() {
      if (state.file !== undefined) closeSync(state.file.descriptor);
      state.file = undefined;
      buffer = undefined;
      buffered = 0;
    },
  };
}
