import { createMemoryStore } from '../../engine/ports/memory-store.js';
import type { CreateSink } from '../../engine/ports/sink.js';
import type { PersistentStore } from '../../engine/ports/store.js';
import { ReceiveError } from '../../error.js';
import { openIndexedDbStore } from '../../stores/indexeddb.js';
import { resultOf } from '../../stores/requests.js';
import { type KeptContent, openContent } from './content.js';
import { openDatabaseTables } from './database.js';
import { databaseNames } from './names.js';
import { createSinks } from './sink.js';
import { createMemoryTables, type KeptFile, type Tables } from './tables.js';

/** Why nothing is kept that was to be: the browser refuses, or a newer page has kept something in a form of its own. */
export type NotKept = 'refused' | 'newer';

/** What is kept for next time. */
export interface Kept extends Omit<KeptContent, 'putPieces'> {
  /** False: in memory only, since the browser keeps nothing or nothing is to be kept. */
  readonly isLasting: boolean;
  /** Undefined: it is kept, or nothing was to be. */
  readonly notKept: NotKept | undefined;
  /** Partial reception, for `openReceiver`. */
  readonly store: PersistentStore;
  /** `createSink` of `openReceiver`: its memory is bounded. */
  readonly createSink: CreateSink;
  /**
   * Keeps a verified part: all of it or, when this is rejected, nothing.
   *
   * @throws what `make` throws; errors of the browser, such as QuotaExceededError when there is no room
   */
  putPart: KeptContent['putPart'];
  /**
   * Keeps a verified part of which most blocks are in the tables, where they are; `false` when they are not.
   *
   * @param id of its object
   * @param find says what files are in it
   * @throws what `find` throws; errors of the browser
   */
  putBlocks(part: string, id: string, find: () => Promise<readonly KeptFile[]>): Promise<boolean>;
  /** Keeps what can be cloned, in place of what was kept before; safe when fulfilled. */
  saveState(state: unknown): Promise<void>;
  /** What was kept last; undefined when nothing was. */
  readState(): Promise<unknown>;
  /** Ends all use and gives the store back. */
  close(): Promise<void>;
  /** Closes, and deletes all that is kept under this name. Close the receiver before. */
  deleteAll(): Promise<void>;
}

export interface KeptOptions {
  /** Names what is kept: a page has one. */
  readonly name: string;
  /** False: nothing is kept beyond the page. */
  readonly isLasting: boolean;
}

/** Bytes that partial reception may take. */
const MAX_STORE = 2 ** 33;
/** In memory. */
const MAX_MEMORY_STORE = 2 ** 29;
/** Of the room that the browser gives, a datagram in a database may take twice its length. */
const STORE_SHARE = 4;

/**
 * Opens what is kept under a name. Where IndexedDB is missing or refuses, as in some private windows, all is in memory.
 *
 * @throws ReceiveError when another page uses it
 */
export async function openKept({ name, isLasting }: KeptOptions): Promise<Kept> {
  if (!isLasting) return openInMemory(name);
  try {
    return await openLasting(name);
  } catch (error) {
    if (error instanceof ReceiveError) throw error;
    const isNewer = (error as Error | null)?.name === 'VersionError';
    return openInMemory(name, isNewer ? 'newer' : 'refused');
  }
}

function openInMemory(name: string, notKept?: NotKept): Promise<Kept> {
  const store = createMemoryStore({ maxBytes: MAX_MEMORY_STORE });
  // something may have been kept before
  const remove = () => deleteKept(name);
  return createKept({ isLasting: false, notKept, store, tables: createMemoryTables(), remove });
}

/**
 * Deletes all that is kept under a name, whether or not it can be opened.
 *
 * @throws ReceiveError when another page uses it; errors of the browser
 */
export async function deleteKept(name: string): Promise<void> {
  const own = Object.values(databaseNames(name));
  let there: readonly (string | undefined)[] = own;
  try {
    // older browsers do not list them
    if ('databases' in indexedDB) there = (await indexedDB.databases()).map((each) => each.name);
  } catch {
    // one that refuses keeps nothing
    return;
  }
  await Promise.all(own.filter((each) => there.includes(each)).map(deleteDatabase));
}

async function deleteDatabase(name: string): Promise<void> {
  let request: IDBOpenDBRequest;
  try {
    request = indexedDB.deleteDatabase(name);
  } catch {
    return;
  }
  const blocked = new Promise<never>((_, reject) => {
    request.onblocked = () => reject(new ReceiveError('Another page uses what is kept.'));
  });
  await Promise.race([resultOf(request), blocked]);
}

async function openLasting(name: string): Promise<Kept> {
  const names = databaseNames(name);
  const store = await openIndexedDbStore(names.store, { maxBytes: await storeRoom(), isRepeatable: true });
  try {
    const tables = await openDatabaseTables(names.content);
    const remove = async () => {
      for (const each of Object.values(names)) await deleteDatabase(each);
    };
    return await createKept({ isLasting: true, notKept: undefined, store, tables, remove });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What datagrams may take of what the browser gives, or less where that says nothing. */
async function storeRoom(): Promise<number> {
  const estimate = await globalThis.navigator?.storage?.estimate?.().catch(() => undefined);
  return Math.min(MAX_STORE, Math.floor((estimate?.quota ?? MAX_STORE) / STORE_SHARE));
}

interface Parts {
  readonly isLasting: boolean;
  readonly notKept: NotKept | undefined;
  readonly store: PersistentStore;
  readonly tables: Tables;
  remove(): Promise<void>;
}

async function createKept({ isLasting, notKept, store, tables, remove }: Parts): Promise<Kept> {
  let last = 0;
  for (const { number } of await tables.parts()) last = Math.max(last, number);
  const numbers = () => ++last;
  const { putPieces, ...content } = await openContent(tables, numbers);
  const sinks = createSinks(tables, numbers);

  async function close(): Promise<void> {
    tables.close();
    await store.close();
  }

  return {
    ...content,
    isLasting,
    notKept,
    store,
    createSink: sinks.create,
    async putBlocks(part, id, find) {
      const blocks = sinks.piecesOf(id);
      if (blocks === undefined) return false;
      const files = await find();
      await blocks.complete();
      await putPieces(part, blocks.number, files);
      blocks.handOver();
      return true;
    },
    saveState: tables.putState,
    readState: tables.state,
    close,
    async deleteAll() {
      await close().catch(() => {});
      await remove();
    },
  };
}
