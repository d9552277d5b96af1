import {
  inOrderOfLeaving,
  type PersistentStore,
  type StoreOptions,
  TABLE_GROUP,
} from '../engine/ports/store.js';
import { yieldToEventLoop } from '../engine/turns/event-loop.js';
import { ReceiveError } from '../error.js';
import {
  addToChunk,
  type Chunk,
  chunkReference,
  datagramOf,
  type OpenChunk,
  openChunk,
  placeOf,
} from './chunk.js';
import { type ObjectRecord, openDatabase } from './database.js';
import { createSyncing } from './syncing.js';

/** Datagrams that wait to be written, bytes; whoever appends more waits. */
const MAX_WAITING_BYTES = 1 << 20;
/** Chunks that are read at a time. */
const READ_BATCH = 16;

/** An object of the store, and what is not written of it. */
interface StoredObject {
  readonly record: ObjectRecord;
  /** The chunk that each group fills. */
  readonly open: Map<number, OpenChunk>;
  readonly waiting: Set<OpenChunk>;
}

/**
 * Opens a store in an IndexedDB database of the browser, which is made if it does not exist. What is written, some
 * datagrams at a time, is there after whatever ends the page.
 *
 * @throws ReceiveError when another page uses the store; errors of the browser
 */
export async function openIndexedDbStore(name: string, { maxBytes }: StoreOptions): Promise<PersistentStore> {
  const unlock = await lockStore(`datacast ${name}`);
  const database = await openDatabase(name).catch((error) => {
    unlock();
    throw error;
  });
  const objects = new Map<string, StoredObject>();
  let bytes = 0;
  let nextNumber = 0;
  let waitingBytes = 0;

  for (const record of await database.objects()) {
    objects.set(record.object, { record, open: new Map(), waiting: new Set() });
    bytes += record.bytes;
    nextNumber = Math.max(nextNumber, record.number + 1);
  }
  for (const object of inOrderOfLeaving(objects.keys())) if (bytes > maxBytes) await drop(object);

  function add(object: string): StoredObject {
    const record = { number: nextNumber++, object, bytes: 0, chunks: 0, touched: 0 };
    const added = { record, open: new Map(), waiting: new Set<OpenChunk>() };
    objects.set(object, added);
    return added;
  }

  /** The chunk that the datagram went into. */
  function place(
    { record, open, waiting }: StoredObject,
    datagram: Uint8Array,
    group: number,
    destination: string | undefined,
  ): OpenChunk {
    // what a table announces is restored after it
    if (group === TABLE_GROUP) open.clear();
    const current = open.get(group);
    if (current !== undefined && current.destination === destination && addToChunk(current, datagram)) {
      return current;
    }
    const chunk = openChunk(record.chunks++, group, destination);
    addToChunk(chunk, datagram);
    open.set(group, chunk);
    waiting.add(chunk);
    return chunk;
  }

  const syncing = createSyncing(async () => {
    const records: ObjectRecord[] = [];
    const chunks: [number, Chunk][] = [];
    for (const { record, open, waiting } of objects.values()) {
      if (waiting.size === 0) continue;
      records.push({ ...record, touched: Date.now() });
      for (const chunk of waiting) chunks.push([record.number, closed(chunk)]);
      open.clear();
      waiting.clear();
    }
    waitingBytes = 0;
    if (chunks.length > 0) await database.write(records, chunks);
  });

  async function drop(object: string): Promise<void> {
    const dropped = objects.get(object);
    if (dropped === undefined) return;
    objects.delete(object);
    bytes -= dropped.record.bytes;
    // a write that is on its way was begun earlier, so the database does it first
    await database.remove(dropped.record.number);
  }

  return {
    maxBytes,
    append(object, datagram, group, destination) {
      syncing.check();
      if (bytes + datagram.length > maxBytes) return undefined;
      const stored = objects.get(object) ?? add(object);
      const reference = chunkReference(place(stored, datagram, group, destination));
      stored.record.bytes += datagram.length;
      bytes += datagram.length;
      waitingBytes += datagram.length;
      syncing.soon();
      return waitingBytes < MAX_WAITING_BYTES ? reference : syncing.now().then(() => reference);
    },
    async read(object, references, visit) {
      if (references.length === 0) return;
      const stored = objects.get(object);
      if (stored === undefined) throw new RangeError(`The store has no datagrams of ${object}.`);
      if (stored.waiting.size > 0) await syncing.now();
      const numbers = references.map((reference) => placeOf(reference).number);
      for (let first = 0; first < references.length; ) {
        const batch = new Set<number>();
        let last = first;
        for (; last < numbers.length && (batch.size < READ_BATCH || batch.has(numbers[last]!)); last++) {
          batch.add(numbers[last]!);
        }
        const wanted = [...batch];
        const found = await database.pick(stored.record.number, wanted);
        const chunks = new Map(wanted.map((number, i) => [number, found[i]]));
        for (let i = first; i < last; i++) {
          const { number, index } = placeOf(references[i]!);
          const chunk = chunks.get(number);
          if (chunk === undefined || index >= chunk.ends.length) {
            throw new RangeError(`The store has no datagram ${references[i]} of ${object}.`);
          }
          visit(datagramOf(chunk, index), i);
        }
        first = last;
      }
    },
    drop,
    async *restore() {
      await syncing.now();
      for (const stored of [...objects.values()]) {
        const { number, object } = stored.record;
        let next = 0;
        while (objects.get(object) === stored) {
          const chunks = await database.chunks(number, next);
          if (chunks.length === 0) break;
          for (const chunk of chunks) yield* datagramsOf(object, chunk);
          next = chunks.at(-1)!.number + 1;
          await yieldToEventLoop();
        }
      }
    },
    sync: syncing.now,
    usage: () => ({ bytes, objects: objects.size }),
    async close() {
      try {
        await syncing.now();
      } finally {
        database.close();
        unlock();
      }
    },
  };
}

function closed({ number, group, destination, ends, bytes }: OpenChunk): Chunk {
  return { number, group, destination, ends: [...ends], bytes: bytes.slice(0, ends.at(-1)) };
}

function* datagramsOf(object: string, chunk: Chunk) {
  const { group, destination, ends } = chunk;
  for (let index = 0; index < ends.length; index++) {
    const reference = chunkReference(chunk, index);
    yield { object, datagram: datagramOf(chunk, index), group, destination, reference };
  }
}

/** Keeps a second page from using the store, where the browser has locks. @returns gives the lock back */
async function lockStore(name: string): Promise<() => void> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return () => {};
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null) => {
      if (lock !== null) return new Promise<void>((release) => resolve(release));
      reject(new ReceiveError('Another page uses the store: close it, or give this one a store of its own.'));
      return undefined;
    };
    locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}
