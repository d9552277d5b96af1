import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fdatasync, openSync, truncateSync, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { equalBytes, utf8Decode, utf8Encode } from '../../../codecs/bytes.js';
import { closeFile, type OpenFile, writeAt } from '../../../codecs/node/open-file.js';
import {
  type FoundRecord,
  type JournalRecord,
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
  /** The file, with all that was appended in it; it stays open from now on, since other threads may read it. */
  file(): OpenFile;
  /** Reads what was appended, with the file. */
  read(use: (file: OpenFile) => void): void;
  /** Closes the file until it is needed again; false when it is in use. */
  rest(): boolean;
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
  const journal = journalOn({ path, object, bytes: 0, file, end: 0, isDirty: false, users: 0 }, tally);
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
    if (!isUtf8(head.datagram)) return undefined;
    const object = utf8Decode(head.datagram);
    const state = { path, object, bytes: size - head.end, file: undefined, end: undefined };
    return journalOn({ ...state, isDirty: false, users: 0 }, tally);
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
  /** Some of the file may not be on the disk yet. */
  isDirty: boolean;
  /** Others use the file: it is not closed. */
  users: number;
}

/** What is appended is written when there is so much of it. */
const BUFFER_BYTES = 1 << 14;

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
    if (buffered === 0) return;
    writeAt(open(), buffer!.subarray(0, buffered), state.end! - buffered);
    state.isDirty = true;
    buffered = 0;
  }

  function grow(bytes: number): void {
    state.bytes += bytes;
    tally.bytes += bytes;
  }

  function close(): void {
    if (state.file !== undefined) closeSync(state.file.descriptor);
    state.file = undefined;
    buffer = undefined;
    buffered = 0;
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
      if (buffered + length > BUFFER_BYTES) flush();
      if (buffer === undefined || buffer.length < length)
        buffer = new Uint8Array(Math.max(BUFFER_BYTES, length));
      writeRecord(buffer.subarray(buffered), record);
      buffered += length;
      state.end! += length;
      if (record.group !== HEAD_GROUP) grow(storedSize(record.datagram));
      return state.end! - record.datagram.length;
    },
    file() {
      flush();
      state.users++;
      return open();
    },
    read(use) {
      flush();
      use(open());
    },
    rest() {
      if (state.users > 0) return false;
      flush();
      close();
      return true;
    },
    records,
    async sync() {
      flush();
      if (!state.isDirty) return;
      state.isDirty = false;
      state.users++;
      try {
        await datasync(open().descriptor);
      } finally {
        state.users--;
      }
    },
    remove() {
      removeJournal(path);
      grow(-state.bytes);
    },
    close,
  };
}
