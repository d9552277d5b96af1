import type { Chunk } from './chunk.js';
import { endOf, resultOf } from './requests.js';

/** An object in the database. */
export interface ObjectRecord {
  /** Its chunks are filed under it. */
  readonly number: number;
  readonly object: string;
  /** Of its datagrams. */
  bytes: number;
  /** Number of the next chunk. */
  chunks: number;
  /** When it was last written, milliseconds of the Unix time; 0: never. */
  touched: number;
}

/** The tables of the database: `objects` by number, `chunks` by object's number and their own. */
export interface Database {
  /** Those unused for longest first. */
  objects(): Promise<ObjectRecord[]>;
  /** Chunks of an object from number `from` on, some of them. */
  chunks(number: number, from: number): Promise<Chunk[]>;
  /** Certain chunks of an object, in the order of `wanted`; undefined for one that is not there. */
  pick(number: number, wanted: readonly number[]): Promise<(Chunk | undefined)[]>;
  /** Writes chunks and the records of their objects, all or none; they are on the disk afterwards. */
  write(
    objects: Iterable<ObjectRecord>,
    chunks: Iterable<readonly [number: number, chunk: Chunk]>,
  ): Promise<void>;
  remove(number: number): Promise<void>;
  close(): void;
}

const VERSION = 1;
/** Chunks that are read at a time. */
const READ_BATCH = 16;

export async function openDatabase(name: string): Promise<Database> {
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('objects', { keyPath: 'number' });
    opening.result.createObjectStore('chunks');
  };
  const database = await resultOf(opening);

  function change(): IDBTransaction {
    return database.transaction(['objects', 'chunks'], 'readwrite', { durability: 'strict' });
  }

  return {
    async objects() {
      const records: ObjectRecord[] = await resultOf(
        database.transaction('objects').objectStore('objects').getAll(),
      );
      return records.sort((a, b) => a.touched - b.touched);
    },
    chunks(number, from) {
      const range = IDBKeyRange.bound([number, from], [number, Number.POSITIVE_INFINITY]);
      return resultOf(database.transaction('chunks').objectStore('chunks').getAll(range, READ_BATCH));
    },
    pick(number, wanted) {
      const store = database.transaction('chunks').objectStore('chunks');
      return Promise.all(wanted.map((chunk) => resultOf(store.get([number, chunk]))));
    },
    write(objects, chunks) {
      const transaction = change();
      for (const record of objects) transaction.objectStore('objects').put(record);
      const store = transaction.objectStore('chunks');
      for (const [number, chunk] of chunks) store.put(chunk, [number, chunk.number]);
      return endOf(transaction);
    },
    remove(number) {
      const transaction = change();
      transaction.objectStore('objects').delete(number);
      transaction.objectStore('chunks').delete(IDBKeyRange.bound([number], [number, []]));
      return endOf(transaction);
    },
    close: () => database.close(),
  };
}
