import 'fake-indexeddb/auto';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  destination: string | undefined;
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
  destination: fc.constantFrom(undefined, undefined, '239.1.2.3:4000', '[ff3e::1]:4000'),
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
];

describe.each(KINDS)('a store in %s', (_, open) => {
  it('gives back what was appended, in this run and the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryDatagram, { minLength: 1, maxLength: 150 }), async (datagrams) => {
        const name = `s${stores++}`;
        const store = await open(name, PLENTY);
        const kept: Kept[] = [];
        for (const { object, group, destination, length, value } of datagrams) {
          const lent = new Uint8Array(length).fill(value);
          const told = described(lent);
          const reference = (await store.append(object, lent, group, destination))!;
          lent.fill(value + 1);
          kept.push({ object, group, destination, ...told, reference });
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
