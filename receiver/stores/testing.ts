import { join } from 'node:path';
import { createMemoryStore } from '../engine/ports/memory-store.js';
import type { PersistentStore } from '../engine/ports/store.js';
import { openDirectoryStore } from './directory/directory.js';
import { openIndexedDbStore } from './indexeddb.js';

const PLENTY = { maxBytes: 2 ** 40 };
let stores = 0;

/** Opens one store again and again; what was open before is closed. */
export type Reopen = (store: PersistentStore | undefined) => PersistentStore | Promise<PersistentStore>;

/** A store of each kind, for tests. @param directory where those in files are made */
export function storeKinds(directory: () => string): [string, () => Reopen][] {
  return [
    ['memory', () => (store) => store ?? createMemoryStore(PLENTY)],
    [
      'a directory',
      () => {
        const path = join(directory(), `${stores++}`);
        return async (store) => {
          await store?.close();
          return openDirectoryStore(path, PLENTY);
        };
      },
    ],
    [
      'IndexedDB',
      () => {
        const name = `store ${stores++}`;
        return async (store) => {
          await store?.close();
          return openIndexedDbStore(name, PLENTY);
        };
      },
    ],
  ];
}
