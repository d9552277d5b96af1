import 'fake-indexeddb/auto';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMemoryStore } from '../engine/ports/memory-store.js';
import { type PersistentStore, TABLE_GROUP } from '../engine/ports/store.js';
import { openDirectoryStore } from './directory/directory.js';
import { openIndexedDbStore } from './indexeddb.js';

let directory = '';
let stores = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-stores-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Kept {
  object: string;
  group: number;
  flow: string | undefined;
  /** Its digest and length. */
  content: string;
  size: number;
  reference: number;
}

const PLENTY = 2 ** 40;
const arbitraryDatagram = fc.record({
  object: fc.constantFrom('a', 'b', '["ü",7]'),
  value: fc.nat(255),
  group: fc.oneof(fc.nat(300), fc.constant(TABLE_GROUP)),
  flow: fc.constantFrom(undefined, undefined, '239.1.2.3:4000', '[ff3e::1]:4000'),
  length: fc.oneof(fc.nat(3000), fc.nat(65_507)),
});

function described(bytes: Uint8Array): { content: string; size: number } {
  return { content: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

async function restored(store: PersistentStore): Promise<Kept[]> {
  const all: Kept[] = [];
  for await (const { datagram, ...rest } of store.restore()) all.push({ ...rest, ...described(datagram) });
  return all;
}

const sorted = (kept: Kept[]) =>
  [...kept].sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : a.reference - b.reference));

async function readBack(store: PersistentStore, kept: Kept[]): Promise<void> {
  for (const object of new Set(kept.map((each) => each.object))) {
    const own = kept.filter((each) => each.object === object).reverse();
    const references = own.map(({ reference }) => reference);
    const read: string[] = [];
    await store.read(object, references, (bytes, index) => {
      read[index] = described(bytes).content;
    });
    expect(read).toEqual(own.map(({ content }) => content));
  }
}

const memories = new Map<string, PersistentStore>();
const KINDS: [string, (name: string, maxBytes: number) => PersistentStore | Promise<PersistentStore>][] = [
  [
    'memory',
    (name, maxBytes) => {
      const store = memories.get(name) ?? createMemoryStore({ maxBytes });
      memories.set(name, store);
      return store;
    },
  ],
  ['a directory', (name, maxBytes) => openDirectoryStore(join(directory, name), { maxBytes })],
  ['IndexedDB', (name, maxBytes) => openIndexedDbStore(name, { maxBytes })],
  ['IndexedDB, repeatable', (name, maxBytes) => openIndexedDbStore(name, { maxBytes, isRepeatable: true })],
];

describe.each(KINDS)('a store in %s', (_, open) => {
  it('gives back what was appended, in this run and the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryDatagram, { minLength: 1, maxLength: 150 }), async (datagrams) => {
        const name = `s${stores++}`;
        const store = await open(name, PLENTY);
        const kept: Kept[] = [];
        for (const { object, group, flow, length, value } of datagrams) {
          const lent = new Uint8Array(length).fill(value);
          const told = described(lent);
          const reference = (await store.append(object, lent, group, flow))!;
          lent.fill(value + 1);
          kept.push({ object, group, flow, ...told, reference });
        }
        await readBack(store, kept);
        const { bytes, objects } = store.usage();
        expect(objects).toBe(new Set(kept.map(({ object }) => object)).size);
        const overhead = store.overhead ?? 0;
        expect(bytes).toBe(kept.reduce((sum, each) => sum + each.size + overhead, 0));
        await store.close();

        const next = await open(name, PLENTY);
        const all = await restored(next);
        expect(sorted(all)).toEqual(sorted(kept));
        expect(next.usage()).toEqual({ bytes, objects });
        // objects one after the other; no symbol before the table that was appended before it
        const runs = all.filter(({ object }, i) => object !== all[i - 1]?.object);
        expect(runs.length).toBe(objects);
        await readBack(next, kept);
        await next.drop(kept[0]!.object);
        const left = kept.filter(({ object }) => object !== kept[0]!.object);
        await next.close();
        const last = await open(name, PLENTY);
        expect(sorted(await restored(last))).toEqual(sorted(left));
        await last.close();
      }),
      { numRuns: 15 },
    );
  });

  it('takes no more than its limit, and goes on with what an earlier run left', async () => {
    const name = `s${stores++}`;
    let store = await open(name, 100_000);
    let appended = 0;
    for (; appended < 200; appended++) {
      const reference = await store.append(`object ${appended % 4}`, new Uint8Array(1000).fill(appended), 0);
      if (reference === undefined) break;
    }
    expect(appended).toBe(Math.floor(100_000 / (1000 + (store.overhead ?? 0))));
    expect(await store.append('other', new Uint8Array(1000), 0)).toBeUndefined();
    await store.drop('object 3');
    expect(await store.append('object 0', new Uint8Array(1000), 1)).toBeTypeOf('number');
    await store.close();
    store = await open(name, 100_000);
    // without having restored anything
    expect(await store.append('object 0', new Uint8Array(1000), 2)).toBeTypeOf('number');
    await store.close();
    store = await open(name, 100_000);
    const groups = (await restored(store))
      .filter(({ object }) => object === 'object 0')
      .map((each) => each.group);
    expect(groups.slice(-3)).toEqual([0, 1, 2]);
    await store.close();
  });

  it('reads what was appended at any time, in any order, while others are dropped', async () => {
    const step = fc.oneof(
      fc.record({
        do: fc.constant('append' as const),
        object: fc.nat(2),
        group: fc.nat(2),
        length: fc.nat(40_000),
      }),
      fc.record({ do: fc.constant('read' as const), object: fc.nat(2), from: fc.nat(), count: fc.nat(5) }),
      fc.record({ do: fc.constant('drop' as const), object: fc.nat(2) }),
      fc.record({ do: fc.constant('sync' as const) }),
      fc.record({ do: fc.constant('reopen' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const name = `s${stores++}`;
        let store = await open(name, PLENTY);
        const model = [0, 1, 2].map(() => [] as { reference: number; content: string; size: number }[]);
        let value = 0;
        for (const each of steps) {
          if (each.do === 'append') {
            const bytes = new Uint8Array(each.length).fill(++value);
            const reference = (await store.append(`${each.object}`, bytes, each.group))!;
            model[each.object]!.push({ reference, ...described(bytes) });
          } else if (each.do === 'read') {
            const own = model[each.object]!;
            const wanted = own.length === 0 ? [] : own.slice(each.from % own.length).slice(0, each.count);
            const read: string[] = [];
            const references = wanted.map(({ reference }) => reference);
            await store.read(`${each.object}`, references, (bytes, i) => {
              read[i] = described(bytes).content;
            });
            expect(read).toEqual(wanted.map(({ content }) => content));
          } else if (each.do === 'drop') {
            await store.drop(`${each.object}`);
            model[each.object] = [];
          } else if (each.do === 'sync') await store.sync();
          else {
            await store.close();
            store = await open(name, PLENTY);
          }
        }
        const left = model.flat().map(({ content }) => content);
        expect((await restored(store)).map(({ content }) => content).sort()).toEqual(left.sort());
        const overhead = store.overhead ?? 0;
        const bytes = model.flat().reduce((sum, { size }) => sum + size + overhead, 0);
        expect(store.usage().bytes).toBe(bytes);
        await store.close();
      }),
      { numRuns: 25 },
    );
  });

  it('refuses references that are none', async () => {
    const store = await open(`s${stores++}`, PLENTY);
    const reference = (await store.append('a', new Uint8Array(10), 0))!;
    await expect((async () => store.read('b', [reference], () => {}))()).rejects.toThrow(RangeError);
    await expect((async () => store.read('a', [reference + 2 ** 30], () => {}))()).rejects.toThrow(
      RangeError,
    );
    await store.close();
  });
});

it('tables are restored before the datagrams that were appended after them', async () => {
  for (const [, open] of KINDS) {
    const store = await open(`s${stores++}`, PLENTY);
    const groups = [TABLE_GROUP, 0, 1, 0, TABLE_GROUP, 0, 1, 2];
    for (const [value, group] of groups.entries()) await store.append('a', Uint8Array.of(value), group);
    const values: number[] = [];
    for await (const { datagram } of store.restore()) values.push(datagram[0]!);
    expect(values.indexOf(0)).toBe(0);
    for (const later of [5, 6, 7]) expect(values.indexOf(later)).toBeGreaterThan(values.indexOf(4));
    await store.close();
  }
});

it.each([
  ['first what waits for a table', ['announced', 'waiting 7'], 'announced'],
  ['the objects that were unused for longest', ['old', 'new'], 'new'],
])('a limit that was lowered takes away %s', async (_, objects, left) => {
  for (const [, open] of KINDS.slice(1)) {
    const name = `s${stores++}`;
    let store = await open(name, PLENTY);
    for (const object of objects) {
      await store.append(object, new Uint8Array(5000), 0);
      await store.sync();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await store.close();
    store = await open(name, 6000);
    expect((await restored(store)).map(({ object }) => object)).toEqual([left]);
    await store.close();
  }
});

describe('transactions of a store in IndexedDB', () => {
  const transactions = () => vi.spyOn(IDBDatabase.prototype, 'transaction');
  afterEach(() => void vi.restoreAllMocks());

  async function fill(store: PersistentStore, datagrams: number): Promise<number[]> {
    const references: number[] = [];
    for (let i = 0; i < datagrams; i++)
      references.push((await store.append('a', new Uint8Array(1400).fill(i), i % 7))!);
    return references;
  }

  it('are few when what it holds comes again, one datagram after the other', async () => {
    const name = `s${stores++}`;
    const earlier = await openIndexedDbStore(name, { maxBytes: PLENTY });
    const references = await fill(earlier, 4000);
    await earlier.close();
    const store = await openIndexedDbStore(name, { maxBytes: PLENTY });
    const spy = transactions();
    for (const [i, reference] of references.entries()) {
      await store.read('a', [reference], (bytes) => expect(bytes[0]).toBe(i % 256));
    }
    // 5.6 MB in chunks of 256 KiB
    expect(spy.mock.calls.length).toBeLessThan(30);
    await store.close();
  });

  it('are none for what is dropped before it waited for long, if it can be had again', async () => {
    const store = await openIndexedDbStore(`s${stores++}`, { maxBytes: PLENTY, isRepeatable: true });
    const spy = transactions();
    const references = await fill(store, 4000);
    await store.read('a', references, (bytes, i) => expect(bytes[0]).toBe(i % 256));
    await store.drop('a');
    expect(spy).not.toHaveBeenCalled();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
    await store.close();
  });

  it('hold some MiB each', async () => {
    const store = await openIndexedDbStore(`s${stores++}`, { maxBytes: PLENTY, isRepeatable: true });
    const references = await fill(store, 4000);
    const spy = transactions();
    await store.sync();
    expect(spy).toHaveBeenCalledTimes(3);
    await readBack(
      store,
      references.map((reference, i) => {
        const bytes = new Uint8Array(1400).fill(i);
        return { object: 'a', group: 0, flow: undefined, reference, ...described(bytes) };
      }),
    );
    await store.close();
  });
});

it('what a browser has no room for stays in memory, and is written when there is room', async () => {
  const name = `s${stores++}`;
  const store = await openIndexedDbStore(name, { maxBytes: PLENTY });
  const references: number[] = [];
  for (let i = 0; i < 100; i++) references.push((await store.append('a', new Uint8Array(1400).fill(i), 0))!);
  const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('', 'QuotaExceededError');
  });
  await store.sync();
  expect(store.maxBytes).toBe(0);
  expect(store.append('a', new Uint8Array(1400), 0)).toBeUndefined();
  await store.read('a', references, (bytes, i) => expect(bytes[0]).toBe(i));
  put.mockRestore();
  await store.sync();
  expect(store.maxBytes).toBe(PLENTY);
  await store.close();
  const again = await openIndexedDbStore(name, { maxBytes: PLENTY });
  await again.read('a', references, (bytes, i) => expect(bytes[0]).toBe(i));
  await again.close();
});
