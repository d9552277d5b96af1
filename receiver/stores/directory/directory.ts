import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { utf8Decode, utf8Encode } from '../../../codecs/bytes.js';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { syncDirectory } from '../../../codecs/node/atomic-file.js';
import { lockFile } from '../../../codecs/node/lock/lock.js';
import { inOrderOfLeaving, type PersistentStore, type StoreOptions } from '../../engine/ports/store.js';
import { ReceiveError } from '../../error.js';
import { createLimit } from '../limit.js';
import { createSyncing } from '../syncing.js';
import { createReadMemory, readDatagramsWith, referenceTo } from './datagram-file.js';
import {
  createJournal,
  findJournal,
  type Journal,
  removeJournal,
  storedSize,
  type Tally,
} from './journal.js';
import { MAX_PART_BYTES, RECORD_HEADER_BYTES } from './record.js';
import type { FileStore } from './temporary-files.js';

/** A store in files that outlives the process; other threads can read the files. */
export interface DirectoryStore extends PersistentStore, FileStore {
  giveWay(bytes: number): void;
}

export interface DirectoryStoreOptions extends StoreOptions {
  /** Told of what needs attention, while the store goes on; as often as it happens. */
  readonly onProblem?: ((problem: StoreProblem) => void) | undefined;
}

export type StoreProblem =
  /** What comes is not taken, or only as something else is dropped. */
  | { readonly type: 'disk-full'; readonly error: Error }
  /** Records of earlier runs are damaged, so many bytes; all others are there. */
  | { readonly type: 'damaged'; readonly bytes: number };

/** Objects in a store; those unused for longest go when a directory holds more. */
const MAX_JOURNALS = 8192;
/** Files that are open at a time. */
const MAX_OPEN = 256;
/** Files that are seen onto the disk at a time. */
const SYNCED_AT_ONCE = 16;
const JOURNAL_NAME = /^[0-9a-f]{64}\.journal$/;
/** Other work has a turn after so many bytes read, while a store is restored. */
const TURN_BYTES = 1 << 20;
const NO_FLOW = new Uint8Array(0);

/**
 * Opens a store in a directory, which is made if it does not exist: a journal of each object, and a lock. Files of
 * other names are left alone. Whatever ended the last process that used it, all that was on the disk by then is there.
 *
 * @throws ReceiveError when another process uses the store; errors of the operating system
 */
export async function openDirectoryStore(
  directory: string,
  { maxBytes, onProblem = () => {} }: DirectoryStoreOptions,
): Promise<DirectoryStore> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockStore(join(directory, 'lock'));
  const journals = new Map<string, Journal>();
  const tally: Tally = { bytes: 0, damaged: 0 };
  const limit = createLimit(maxBytes, () => tally.bytes);
  const memory = createReadMemory();
  /** Journals with datagrams that may not be on the disk yet. */
  const dirty = new Set<Journal>();
  let namesChanged = false;
  /** Journals whose file may be open, the one unused for longest at the front. */
  const used = new Set<Journal>();

  try {
    for (const journal of findJournals(directory, tally)) journals.set(journal.object, journal);
    // a file is longer than what counts of it, which is known when it is read to its end
    for (const journal of journals.values()) {
      if (tally.bytes <= maxBytes) break;
      for (const _ of journal.records());
      await setImmediate();
    }
    for (const object of inOrderOfLeaving(journals.keys())) if (tally.bytes > maxBytes) remove(object);
  } catch (error) {
    await unlock();
    throw error;
  }

  function remove(object: string): Journal | undefined {
    const journal = journals.get(object);
    journals.delete(object);
    journal?.remove();
    if (journal !== undefined) used.delete(journal);
    return journal;
  }

  function use(journal: Journal): Journal {
    used.delete(journal);
    used.add(journal);
    if (used.size <= MAX_OPEN) return journal;
    for (const each of used) {
      if (each === journal || !each.rest()) continue;
      used.delete(each);
      break;
    }
    return journal;
  }

  function add(object: string): Journal | undefined {
    if (journals.size >= MAX_JOURNALS || utf8Encode(object).length > MAX_PART_BYTES) return undefined;
    try {
      const journal = createJournal(pathOf(directory, object), object, tally);
      journals.set(object, journal);
      namesChanged = true;
      return journal;
    } catch (error) {
      noteFull(error);
      return undefined;
    }
  }

  /** @throws an error of another kind */
  function noteFull(error: unknown): void {
    if (!isDiskFull(error)) throw error;
    limit.noteFull();
    onProblem({ type: 'disk-full', error });
  }

  async function syncOne(journal: Journal): Promise<void> {
    // one that was dropped meanwhile has no file
    if (journals.get(journal.object) !== journal) return;
    try {
      await use(journal).sync();
    } catch (error) {
      noteFull(error);
      // it stays in memory
      dirty.add(journal);
    }
  }

  const syncing = createSyncing(async () => {
    const changed = [...dirty];
    const names = namesChanged;
    dirty.clear();
    namesChanged = false;
    for (let next = 0; next < changed.length; next += SYNCED_AT_ONCE) {
      await Promise.all(changed.slice(next, next + SYNCED_AT_ONCE).map((each) => syncOne(each)));
    }
    if (names) await syncDirectory(directory);
  });

  return {
    get maxBytes() {
      return limit.maxBytes;
    },
    overhead: RECORD_HEADER_BYTES,
    append(object, datagram, group, flow) {
      syncing.check();
      if (tally.bytes + storedSize(datagram) > limit.maxBytes) return undefined;
      const journal = journals.get(object) ?? add(object);
      if (journal === undefined) return undefined;
      const text = flow === undefined ? NO_FLOW : utf8Encode(flow);
      if (text.length > MAX_PART_BYTES) return undefined;
      try {
        const position = use(journal).append({ group, flow: text, datagram });
        dirty.add(journal);
        syncing.soon();
        return referenceTo(position, datagram.length);
      } catch (error) {
        noteFull(error);
        return undefined;
      }
    },
    read(object, references, visit) {
      if (references.length === 0) return;
      const journal = journals.get(object);
      if (journal === undefined) throw new RangeError(`The store has no datagrams of ${object}.`);
      readDatagramsWith(use(journal), references, visit, memory);
    },
    file: (object) => use(journals.get(object)!).file(),
    async drop(object) {
      const journal = remove(object);
      if (journal === undefined) return;
      dirty.delete(journal);
      await syncing.settled();
      journal.close();
    },
    async *restore() {
      let unread = TURN_BYTES;
      for (const journal of [...journals.values()]) {
        const { object } = journal;
        if (journals.get(object) !== journal) continue;
        for (const { group, flow, datagram, position } of journal.records()) {
          const text = flow.length === 0 ? undefined : utf8Decode(flow);
          const reference = referenceTo(position, datagram.length);
          yield { object, datagram, group, flow: text, reference };
          // dropped meanwhile: its file is gone, or another one's by now
          if (journals.get(object) !== journal) break;
          unread -= datagram.length;
          if (unread > 0) continue;
          unread = TURN_BYTES;
          await setImmediate();
        }
      }
      if (tally.damaged > 0) onProblem({ type: 'damaged', bytes: tally.damaged });
      tally.damaged = 0;
    },
    giveWay: limit.giveWay,
    sync: syncing.now,
    usage: () => ({ bytes: tally.bytes, objects: journals.size }),
    async close() {
      try {
        await syncing.now();
      } finally {
        for (const journal of journals.values()) journal.close();
        await unlock();
      }
    },
  };
}

function pathOf(directory: string, object: string): string {
  return join(directory, `${createHash('sha256').update(utf8Encode(object)).digest('hex')}.journal`);
}

/** Those that earlier runs left, unused for longest first. */
function findJournals(directory: string, tally: Tally): Journal[] {
  const files = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && JOURNAL_NAME.test(entry.name))
    .map(({ name }) => ({ path: join(directory, name), stat: statSync(join(directory, name)) }))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
  const journals: Journal[] = [];
  for (const { path, stat } of files) {
    const isAtPlace = (object: string) => path === pathOf(directory, object);
    const journal =
      journals.length < MAX_JOURNALS ? findJournal(path, stat.size, isAtPlace, tally) : undefined;
    if (journal === undefined) removeJournal(path);
    else journals.unshift(journal);
  }
  return journals;
}

async function lockStore(path: string): Promise<() => Promise<void>> {
  const lock = await lockFile(path);
  if (typeof lock === 'function') return lock;
  throw new ReceiveError(
    `Another process (${lock.holder}) uses the store: end it, or give this one a store of its own. ` +
      `If that process is something else, remove ${lock.path}.`,
  );
}
