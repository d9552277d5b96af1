import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fdatasync, openSync, truncateSync, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { equalBytes, utf8Decode, utf8Encode } from '../../../codecs/bytes.js';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { closeFile, type OpenFile, readAt, writeAt } from '../../../codecs/node/open-file.js';
import {
  type FoundRecord,
  type JournalRecord,
  RECORD_HEADER_BYTES,
  recordLength,
  writeRecord,
} from './record.js';
import { openForReading, scanRecords } from './scan.js';

/** The datagrams of one object in an append-only file. */
export interface Journal {
  readonly object: string;
  readonly path: string;
  /** Of its datagrams with what belongs to each; of a file that was found, an estimate until `records` comes to its end. */
  readonly bytes: number;
  /**
   * Returns where the datagram stands in the file.
   *
   * @throws an error of the operating system, as when the disk is full; then the record is not appended, and those before are
   *   in memory until there is room
   */
  append(record: JournalRecord): number;
  /**
   * The file, with all that was appended in it; it stays open from now on, since other threads may read it.
   *
   * @throws an error of the operating system, as when the disk is full
   */
  file(): OpenFile;
  /** Reads what was appended, as `readAt` does; what a full disk has no room for is still in memory. */
  read(into: Uint8Array, position: number): number;
  /** Closes the file until it is needed again; false when it is in use. */
  rest(): boolean;
  /** All records but the heads. When a file that was found is read to its end, what is torn there is cut off. */
  records(): Generator<FoundRecord>;
  /** Sees all that was appended onto the disk. @throws an error of the operating system, as when the disk is full */
  sync(): Promise<void>;
  /** To be called when nothing is in work on it. What was not synced may be lost. */
  close(): void;
  /** Takes its file and its bytes away; to be closed afterwards. */
  remove(): void;
}

/** The first two records of a file name its object, and one in each buffer: a damaged one is not the only one. */
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
  /** Bytes of records that were found damaged. */
  damaged: number;
}

/** Makes the journal of an object; what stood at its place, and was no journal, goes. */
export function createJournal(path: string, object: string, tally: Tally): Journal {
  removeJournal(path);
  const file = { descriptor: openSync(path, O_RDWR | O_CREAT | O_EXCL, 0o600), path };
  const journal = journalOn({ path, object, bytes: 0, file, end: 0, isDirty: false, users: 0 }, tally);
  journal.append(headOf(object));
  return journal;
}

function headOf(object: string): JournalRecord {
  return { group: HEAD_GROUP, flow: FORMAT, datagram: utf8Encode(object) };
}

/**
 * The journal that an earlier run left; undefined when there is none with a sound head.
 *
 * @param isAtPlace true when the journal of an object stands there
 */
export function findJournal(
  path: string,
  size: number,
  isAtPlace: (object: string) => boolean,
  tally: Tally,
): Journal | undefined {
  const file = openForReading(path);
  if (file === undefined) return undefined;
  try {
    for (const { group, flow, datagram } of scanRecords(file)) {
      if (group !== HEAD_GROUP || !equalBytes(flow, FORMAT) || !isUtf8(datagram)) continue;
      const object = utf8Decode(datagram);
      if (!isAtPlace(object)) continue;
      const state = { path, object, bytes: size, file: undefined, end: undefined };
      return journalOn({ ...state, isDirty: false, users: 0 }, tally);
    }
    return undefined;
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
  const head = headOf(object);
  const headLength = recordLength(head);
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

  /** @returns false when the disk is full */
  function flushIfRoom(): boolean {
    try {
      flush();
      return true;
    } catch (error) {
      if (isDiskFull(error)) return false;
      throw error;
    }
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
    let damaged = 0;
    try {
      for (const record of scanRecords(file)) {
        damaged += record.end - recordLength(record) - good;
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
    // it is still in the file
    grow(bytes + damaged - state.bytes);
    tally.damaged += damaged;
  }

  function put(record: JournalRecord): void {
    const length = writeRecord(buffer!.subarray(buffered), record);
    buffered += length;
    state.end! += length;
  }

  return {
    object,
    path,
    get bytes() {
      return state.bytes;
    },
    append(record) {
      if (state.end === undefined) for (const _ of records());
      const length = headLength + recordLength(record);
      if (buffered + length > BUFFER_BYTES) flush();
      if (buffer === undefined || buffer.length < length)
        buffer = new Uint8Array(Math.max(BUFFER_BYTES, length));
      if (buffered === 0) put(head);
      put(record);
      if (record.group !== HEAD_GROUP) grow(storedSize(record.datagram));
      return state.end! - record.datagram.length;
    },
    file() {
      flush();
      state.users++;
      return open();
    },
    read(into, position) {
      flushIfRoom();
      const inFile = (state.end ?? Number.POSITIVE_INFINITY) - buffered;
      const fromFile = Math.max(0, Math.min(into.length, inFile - position));
      let done = fromFile > 0 ? readAt(open(), into.subarray(0, fromFile), position) : 0;
      if (done < fromFile || buffered === 0) return done;
      const start = position + done - inFile;
      const rest = buffer!.subarray(start, Math.min(buffered, start + into.length - done));
      into.set(rest, done);
      done += rest.length;
      return done;
    },
    rest() {
      if (state.users > 0 || !flushIfRoom()) return false;
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
      } catch (error) {
        state.isDirty = true;
        throw error;
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
