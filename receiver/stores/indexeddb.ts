import { isDiskFull } from '../../codecs/disk-full.js';
import { freeMemory } from '../../codecs/free-memory.js';
import type { MaybePromise } from '../../codecs/maybe-promise.js';
import {
  inOrderOfLeaving,
  type PersistentStore,
  type StoreOptions,
  TABLE_GROUP,
} from '../engine/ports/store.js';
import { yieldToEventLoop } from '../engine/turns/event-loop.js';
import {
  addToChunk,
  type Chunk,
  chunkReference,
  closedChunk,
  createChunkMemory,
  datagramOf,
  nextNumbers,
  type OpenChunk,
  openChunk,
  placeOf,
} from './chunk.js';
import { type ObjectRecord, openDatabase } from './database.js';
import { createLimit } from './limit.js';
import { lockStore } from './lock.js';
import { createRecentChunks } from './recent-chunks.js';
import { createSyncing } from './syncing.js';

/** How long datagrams wait to be written, milliseconds, and how many bytes of them; whoever appends more waits. */
const WAITING = { delay: 500, bytes: 1 << 20 };
/** Of a recording that is read: most parts are complete before. */
const REPEATABLE_WAITING = { delay: 15_000, bytes: 1 << 24 };
/** Written at a time, bytes. */
const WRITE_BATCH = 1 << 21;

export interface IndexedDbOptions extends StoreOptions {
  /**
   * What is appended can be had again, as from a recording that somebody picks once more: it may wait 15 seconds, and 16 MiB of
   * it, before it is written. What is dropped by then never is.
   */
  readonly isRepeatable?: boolean;
}

/** An object of the store, and what is not written of it. */
interface StoredObject {
  readonly record: ObjectRecord;
  /** Bytes of its datagrams that are in the database. */
  written: number;
  /** The chunk that each group fills. */
  readonly open: Map<number, OpenChunk>;
  /** By number. */
  readonly waiting: Map<number, OpenChunk>;
}

/**
 * Opens a store in an IndexedDB database of the browser, which is made if it does not exist. What is written, some
 * datagrams at a time, is there after whatever ends the page.
 *
 * @throws ReceiveError when another page uses the store; errors of the browser
 */
export async function openIndexedDbStore(
  name: string,
  { maxBytes, isRepeatable = false }: IndexedDbOptions,
): Promise<PersistentStore> {
  const waits = isRepeatable ? REPEATABLE_WAITING : WAITING;
  const unlock = await lockStore(`datacast ${name}`);
  const database = await openDatabase(name).catch((error) => {
    unlock();
    throw error;
  });
  const objects = new Map<string, StoredObject>();
  let bytes = 0;
  const limit = createLimit(maxBytes, () => bytes);
  let nextNumber = 0;
  let waitingBytes = 0;
  const recent = createRecentChunks();
  const memory = createChunkMemory();

  for (const record of await database.objects()) {
    objects.set(record.object, { record, written: record.bytes, open: new Map(), waiting: new Map() });
    bytes += record.bytes;
    nextNumber = Math.max(nextNumber, record.number + 1);
  }
  for (const object of inOrderOfLeaving(objects.keys())) if (bytes > maxBytes) await drop(object);

  function add(object: string): StoredObject {
    const record = { number: nextNumber++, object, bytes: 0, chunks: 0, touched: 0 };
    const added = { record, written: 0, open: new Map(), waiting: new Map() };
    objects.set(object, added);
    return added;
  }

  /** The chunk that the datagram went into. */
  function place(
    { record, open, waiting }: StoredObject,
    datagram: Uint8Array,
    group: number,
    flow: string | undefined,
  ): OpenChunk {
    // what a table announces is restored after it
    if (group === TABLE_GROUP) open.clear();
    const current = open.get(group);
    if (current !== undefined && current.flow === flow && addToChunk(current, datagram)) {
      return current;
    }
    const chunk = openChunk(record.chunks++, group, flow, memory.take());
    addToChunk(chunk, datagram);
    open.set(group, chunk);
    waiting.set(chunk.number, chunk);
    return chunk;
  }

  const syncing = createSyncing(save, waits.delay);

  /**
   * Writes all that waits by now: in several transactions, so that little of it is copied at a time. What the browser has no room for
   * waits on, in memory.
   */
  async function save(): Promise<void> {
    const unwritten: [StoredObject, OpenChunk][] = [];
    for (const stored of objects.values()) {
      stored.open.clear();
      for (const chunk of stored.waiting.values()) unwritten.push([stored, chunk]);
    }
    for (let next = 0; next < unwritten.length; ) {
      const records = new Map<number, ObjectRecord>();
      const chunks: [number, Chunk][] = [];
      const begun = next;
      for (let left = WRITE_BATCH; next < unwritten.length && left > 0; next++) {
        const [stored, open] = unwritten[next]!;
        if (!stored.waiting.delete(open.number)) continue;
        const chunk = closedChunk(open);
        memory.give(open.bytes);
        // whoever reads it meanwhile
        open.bytes = chunk.bytes;
        const { record } = stored;
        const length = chunk.bytes.length;
        left -= length;
        waitingBytes -= length;
        stored.written += length;
        record.touched = Date.now();
        records.set(record.number, { ...record, bytes: stored.written });
        chunks.push([record.number, chunk]);
        recent.add(record.number, chunk);
      }
      try {
        if (chunks.length === 0) continue;
        await database.write(records.values(), chunks);
        limit.noteRoom();
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        limit.noteFull();
        for (const each of unwritten.slice(begun, next)) waitAgain(...each);
        return;
      }
    }
  }

  function waitAgain(stored: StoredObject, chunk: OpenChunk): void {
    // what was dropped meanwhile is needed no more
    if (objects.get(stored.record.object) !== stored || stored.waiting.has(chunk.number)) return;
    stored.waiting.set(chunk.number, chunk);
    stored.written -= chunk.bytes.length;
    waitingBytes += chunk.bytes.length;
  }

  async function drop(object: string): Promise<void> {
    const dropped = objects.get(object);
    if (dropped === undefined) return;
    objects.delete(object);
    bytes -= dropped.record.bytes;
    waitingBytes -= dropped.record.bytes - dropped.written;
    for (const { bytes: filled } of dropped.waiting.values()) memory.give(filled);
    dropped.waiting.clear();
    if (dropped.record.touched === 0) return;
    // a write that is on its way was begun earlier, so the database does it first
    await database.remove(dropped.record.number);
  }

  /** Reads what is in memory at once, and goes on with the database. */
  function readFrom(
    stored: StoredObject,
    references: readonly number[],
    visit: (datagram: Uint8Array, index: number) => void,
  ): MaybePromise<void> {
    for (const [i, reference] of references.entries()) {
      const { number, index } = placeOf(reference);
      const chunk = stored.waiting.get(number) ?? recent.get(stored.record.number, number);
      if (chunk === undefined) return readRest(stored, references, visit, i);
      visit(memberOf(stored, chunk, index), i);
    }
  }

  async function readRest(
    stored: StoredObject,
    references: readonly number[],
    visit: (datagram: Uint8Array, index: number) => void,
    first: number,
  ): Promise<void> {
    for (let next = first; next < references.length; ) {
      const wanted = nextNumbers(references, next);
      const { chunks, fresh } = await fetchChunks(stored, wanted);
      for (; next < references.length; next++) {
        const { number, index } = placeOf(references[next]!);
        if (!chunks.has(number)) break;
        visit(memberOf(stored, chunks.get(number), index), next);
      }
      for (const { bytes } of fresh) freeMemory(bytes.buffer as ArrayBuffer);
    }
  }

  /** Chunks by number, undefined where there is none, and those of them that nobody else has. */
  async function fetchChunks(
    { record, waiting }: StoredObject,
    wanted: readonly number[],
  ): Promise<{ chunks: ReadonlyMap<number, Chunk | undefined>; fresh: readonly Chunk[] }> {
    const chunks = new Map<number, Chunk | undefined>();
    for (const each of wanted) chunks.set(each, waiting.get(each) ?? recent.get(record.number, each));
    const absent = wanted.filter((each) => chunks.get(each) === undefined);
    const [first] = absent;
    if (first === undefined) return { chunks, fresh: [] };
    // whoever reads one after the other, as what is repeated is, will want the next
    const isInOrder = absent.length === 1 && recent.has(record.number, first - 1);
    const found = isInOrder
      ? await database.chunks(record.number, first)
      : await database.pick(record.number, absent);
    const isRemembered = absent.length === 1;
    const there = found.filter((chunk) => chunk !== undefined);
    for (const chunk of there) {
      if (chunks.has(chunk.number)) chunks.set(chunk.number, chunk);
      if (isRemembered) recent.add(record.number, chunk);
    }
    return { chunks, fresh: isRemembered ? [] : there };
  }

  return {
    get maxBytes() {
      return limit.maxBytes;
    },
    giveWay: limit.giveWay,
    append(object, datagram, group, flow) {
      syncing.check();
      if (bytes + datagram.length > limit.maxBytes) return undefined;
      const stored = objects.get(object) ?? add(object);
      const reference = chunkReference(place(stored, datagram, group, flow));
      stored.record.bytes += datagram.length;
      bytes += datagram.length;
      waitingBytes += datagram.length;
      syncing.soon();
      return waitingBytes < waits.bytes ? reference : syncing.now().then(() => reference);
    },
    read(object, references, visit) {
      if (references.length === 0) return;
      const stored = objects.get(object);
      if (stored === undefined) throw new RangeError(`The store has no datagrams of ${object}.`);
      return readFrom(stored, references, visit);
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

/** @throws RangeError when the chunk has no such datagram */
function memberOf({ record }: StoredObject, chunk: Chunk | undefined, index: number): Uint8Array {
  if (chunk !== undefined && index < chunk.ends.length) return datagramOf(chunk, index);
  throw new RangeError(`The store of ${record.object} has no datagram that it was asked for.`);
}

function* datagramsOf(object: string, chunk: Chunk) {
  const { group, flow, ends } = chunk;
  for (let index = 0; index < ends.length; index++) {
    const reference = chunkReference(chunk, index);
    yield { object, datagram: datagramOf(chunk, index), group, flow, reference };
  }
}
