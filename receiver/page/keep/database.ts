import { isDiskFull } from '../../../codecs/disk-full.js';
import { endOf, resultOf } from '../../stores/requests.js';
import type { PartRecord, Piece, Tables } from './tables.js';

const VERSION = 1;

/**
 * Tables in an IndexedDB database, which is made if it does not exist. Pieces that belong to no part, since the page ended before,
 * are removed from it first.
 *
 * @throws errors of the browser, such as one that keeps no Blob
 */
export async function openDatabaseTables(name: string): Promise<Tables> {
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('parts', { keyPath: 'part' });
    opening.result.createObjectStore('pieces');
    opening.result.createObjectStore('state');
  };
  const database = await resultOf(opening);

  async function change(
    table: 'parts' | 'pieces' | 'state',
    durability: IDBTransactionDurability,
    make: (store: IDBObjectStore, transaction: IDBTransaction) => void,
  ): Promise<void> {
    const transaction = database.transaction(['parts', 'pieces', 'state'], 'readwrite', { durability });
    make(transaction.objectStore(table), transaction);
    await endOf(transaction);
  }
  function read<T>(table: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return resultOf(ask(database.transaction(table).objectStore(table)));
  }

  const parts = (): Promise<PartRecord[]> => read('parts', (store) => store.getAll());

  async function removeLeftovers(): Promise<void> {
    const numbers = new Set((await parts()).map(({ number }) => number));
    const keys = (await read('pieces', (store) => store.getAllKeys())) as [number, number][];
    const left = keys.filter(([number]) => !numbers.has(number));
    if (left.length === 0) return;
    await change('pieces', 'relaxed', (store) => {
      for (const key of left) store.delete(key);
    });
  }

  /** A browser that keeps no Blob refuses this one. What is kept can be read where there is no room for more. */
  async function tryPiece(): Promise<void> {
    const piece = { number: -1, index: 0, content: new Blob(['piece']) };
    const putting = change('pieces', 'relaxed', (store) => put(store, piece));
    await putting.catch((error) => {
      if (!isDiskFull(error)) throw error;
    });
  }

  try {
    await removeLeftovers();
    await tryPiece();
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    parts,
    putPart: (record, last) =>
      change('parts', 'strict', (store, transaction) => {
        if (last !== undefined) put(transaction.objectStore('pieces'), last);
        store.put(record);
      }),
    removePart: (part, number) =>
      change('parts', 'strict', (store, transaction) => {
        store.delete(part);
        transaction.objectStore('pieces').delete(rangeOf(number));
      }),
    // they count for nothing before the part is put, which makes them safe
    putPiece: (piece) => change('pieces', 'relaxed', (store) => put(store, piece)),
    pieces: (number, index) =>
      read('pieces', (store) => store.getAll(index === undefined ? rangeOf(number) : [number, index])),
    removePieces: (number) => change('pieces', 'relaxed', (store) => store.delete(rangeOf(number))),
    putState: (state) => change('state', 'strict', (store) => store.put(state, 'state')),
    state: () => read('state', (store) => store.get('state')),
    close: () => database.close(),
  };
}

const put = (store: IDBObjectStore, { number, index, content }: Piece) =>
  void store.put(content, [number, index]);
const rangeOf = (number: number) => IDBKeyRange.bound([number], [number, []]);
