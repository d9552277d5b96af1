import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collect } from '../../../codecs/edition/testing.js';
import { openContent, type Write } from './content.js';
import { openDatabaseTables } from './database.js';
import { deleteKept, type KeptFile, openKept } from './index.js';
import { createPages } from './pages.js';
import { createSinks } from './sink.js';
import { createMemoryTables, type Tables } from './tables.js';

let names = 0;
const freshName = () => `kept ${names++}`;
const counter = (last = 0) => {
  let number = last;
  return () => ++number;
};

const KINDS: [string, () => Tables | Promise<Tables>][] = [
  ['memory', createMemoryTables],
  ['IndexedDB', () => openDatabaseTables(freshName())],
];

/** Writes a part in pieces of at most `step` bytes. */
const writing =
  (bytes: Uint8Array<ArrayBuffer>, files: readonly KeptFile[] = [], step = 1 << 16) =>
  async (write: Write) => {
    for (let at = 0; at < bytes.length; at += step) {
      const lent = bytes.slice(at, at + step);
      await write(lent);
      lent.fill(0);
    }
    return files;
  };

const failing = (bytes: Uint8Array<ArrayBuffer>) => async (write: Write) => {
  await writing(bytes)(write);
  throw new Error('The part is not what its index says.');
};

const bytesOf = async (blob: Blob | undefined) =>
  blob === undefined ? undefined : new Uint8Array(await blob.arrayBuffer());

const contents = fc.uint8Array({ maxLength: 500 }) as fc.Arbitrary<Uint8Array<ArrayBuffer>>;
const PIECE_BYTES = 64;

describe.each(KINDS)('content in %s', (kind, openTables) => {
  it('gives back what was put, whatever its pieces are', async () => {
    const part = fc.tuple(fc.constantFrom('a', 'b', 'c'), contents, fc.integer({ min: 1, max: 100 }));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (puts) => {
        const tables = await openTables();
        const content = await openContent(tables, counter(), PIECE_BYTES);
        const model = new Map<string, Uint8Array>();
        for (const [name, bytes, step] of puts) {
          await content.putPart(name, writing(bytes, [{ path: name, size: step }], step));
          model.set(name, bytes);
          expect(content.files(name)).toEqual([{ path: name, size: step }]);
        }
        const again = await openContent(tables, counter(100), PIECE_BYTES);
        for (const each of [content, again]) {
          expect([...each.parts()].sort()).toEqual([...model.keys()].sort());
          for (const [name, bytes] of model) expect(await bytesOf(await each.sent(name))).toEqual(bytes);
          expect(await each.sent('not there')).toBeUndefined();
        }
        tables.close();
      }),
      { numRuns: kind === 'memory' ? 100 : 25 },
    );
  });

  it('keeps all of a part or nothing', async () => {
    const tables = await openTables();
    const content = await openContent(tables, counter(), PIECE_BYTES);
    const film = new Uint8Array(1000).fill(7);
    await expect(content.putPart('a', failing(film))).rejects.toThrow('not what its index says');
    expect(content.parts().size).toBe(0);
    expect(await content.sent('a')).toBeUndefined();
    expect(await tables.pieces(1)).toEqual([]);
    await content.putPart('a', writing(film));
    await expect(content.putPart('a', failing(new Uint8Array(90)))).rejects.toThrow('not what');
    expect(await bytesOf(await content.sent('a'))).toEqual(film);
    await content.removePart('a');
    expect(await content.sent('a')).toBeUndefined();
    expect((await openContent(tables, counter())).parts().size).toBe(0);
    for (let number = 1; number < 4; number++) expect(await tables.pieces(number)).toEqual([]);
  });

  it('reads nothing of a part before its bytes are asked for', async () => {
    const tables = await openTables();
    const content = await openContent(tables, counter(), PIECE_BYTES);
    const film = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
    await content.putPart('a', writing(film));
    const whole = vi.spyOn(Blob.prototype, 'arrayBuffer');
    const blob = (await content.sent('a'))!;
    expect(whole).not.toHaveBeenCalled();
    whole.mockRestore();
    expect(blob.size).toBe(1000);
    expect(await bytesOf(blob.slice(500, 507))).toEqual(film.slice(500, 507));
  });

  it('holds what is put aside until it is removed, and in memory where there is no room', async () => {
    const tables = await openTables();
    const content = await openContent(tables, counter());
    const aside = content.openAside();
    for (const value of [1, 2]) {
      const lent = new Uint8Array(3).fill(value);
      const put = await aside.put(lent);
      lent.fill(0);
      expect(await bytesOf(put)).toEqual(new Uint8Array(3).fill(value));
    }
    expect(await tables.pieces(1)).toHaveLength(2);
    await aside.remove();
    expect(await tables.pieces(1)).toEqual([]);
    const putPiece = () => Promise.reject(new DOMException('', 'QuotaExceededError'));
    const full = await openContent({ ...tables, putPiece }, counter());
    expect(await bytesOf(await full.openAside().put(Uint8Array.of(5)))).toEqual(Uint8Array.of(5));
  });

  it('gives blocks back in their order, from memory and from tables', async () => {
    const block = fc.record({ place: fc.nat(8), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(block, { maxLength: 12 }), { maxLength: 3 }),
        fc.nat(100),
        async (objects, maxMemory) => {
          const tables = await openTables();
          const { create: createSink } = createSinks(tables, counter(), createPages(maxMemory, 4));
          for (let round = 0; round < 2; round++) {
            const sinks = await Promise.all(
              objects.map(async (blocks, i) => {
                const sink = await createSink({ id: `${i}`, transferLength: 90 });
                const model = new Map<number, number>();
                for (const { place, value } of blocks) {
                  const lent = new Uint8Array(10).fill(value);
                  await sink.write(10 * place, lent);
                  lent.fill(0);
                  model.set(place, value);
                }
                return { sink, model };
              }),
            );
            for (const { sink, model } of sinks) {
              const expected = [...model].sort(([a], [b]) => a - b).flatMap(([, v]) => Array(10).fill(v));
              for (let again = 0; again < 2; again++)
                expect([...(await collect(sink.read()))]).toEqual(expected);
            }
            for (const { sink } of sinks) await sink.discard();
          }
          for (let number = 1; number <= 2 * objects.length; number++)
            expect(await tables.pieces(number)).toEqual([]);
          tables.close();
        },
      ),
      { numRuns: kind === 'memory' ? 100 : 25 },
    );
  });
});

describe('what is kept', () => {
  afterEach(() => vi.unstubAllGlobals());
  const front = Uint8Array.of(1, 2, 3);

  it('is there the next time: files, state and partial reception', async () => {
    const options = { name: freshName(), isLasting: true };
    const first = await openKept(options);
    expect(first.isLasting).toBe(true);
    expect(await first.readState()).toBeUndefined();
    await first.putPart('a', writing(front));
    await first.saveState({ seen: [1] });
    await first.saveState({ seen: [2n, new Map([['x', new Uint8Array(3)]])] });
    await first.store.append('object', Uint8Array.of(5), 0);
    await first.close();

    const next = await openKept(options);
    expect(await bytesOf(await next.sent('a'))).toEqual(front);
    expect(await next.readState()).toEqual({ seen: [2n, new Map([['x', new Uint8Array(3)]])] });
    expect(next.store.usage()).toEqual({ bytes: 1, objects: 1 });
    // numbers of pieces are not given again
    await next.putPart('b', writing(Uint8Array.of(9)));
    expect(await bytesOf(await next.sent('a'))).toEqual(front);
    await next.deleteAll();

    const last = await openKept(options);
    expect([...last.parts()]).toEqual([]);
    expect(await last.readState()).toBeUndefined();
    expect(last.store.usage()).toEqual({ bytes: 0, objects: 0 });
    await last.deleteAll();
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    expect(databases.filter((each) => each!.startsWith(`${options.name} `))).toEqual([]);
  });

  it.each([true, false])(
    'has the blocks of a large object where they were written (lasting: %s)',
    async (isLasting) => {
      const options = { name: freshName(), isLasting };
      const kept = await openKept(options);
      const [blocks, length] = [20, 1 << 20];
      const create = (id: string) => kept.createSink({ id, transferLength: blocks * length });
      const small = await create('small');
      await small.write(0, front);
      const none = async () => expect.unreachable();
      expect(await kept.putBlocks('small', 'small', none)).toBe(false);
      expect(await kept.putBlocks('other', 'other', none)).toBe(false);
      // more than stays in memory, the last one first, and one of them twice
      const sink = await create('film');
      for (const i of [...Array(blocks).keys(), 3].reverse())
        await sink.write(i * length, new Uint8Array(length).fill(i));
      const refused = Promise.reject(new Error('It is not what its index says.'));
      await expect(kept.putBlocks('a', 'film', () => refused)).rejects.toThrow('not what');
      expect(kept.has('a')).toBe(false);
      const files = [{ path: 'film.webm', size: blocks * length }];
      expect(await kept.putBlocks('a', 'film', async () => files)).toBe(true);
      await sink.discard();
      await small.discard();
      expect(kept.files('a')).toEqual(files);
      const isWhole = async (blob: Blob | undefined) => {
        const bytes = (await bytesOf(blob))!;
        const isRight = (i: number) =>
          bytes.subarray(i * length, (i + 1) * length).every((each) => each === i);
        return bytes.length === blocks * length && [...Array(blocks).keys()].every(isRight);
      };
      expect(await isWhole(await kept.sent('a'))).toBe(true);
      await kept.close();
      if (!isLasting) return;
      const next = await openKept(options);
      expect(await isWhole(await next.sent('a'))).toBe(true);
      await next.removePart('a');
      expect(await next.sent('a')).toBeUndefined();
      await next.deleteAll();
    },
  );

  it('loses what a page that was ended had not finished', async () => {
    const name = freshName();
    const kept = await openKept({ name, isLasting: true });
    await kept.putPart('a', writing(front));
    const sink = await kept.createSink({ id: 'film', transferLength: 2 ** 26 });
    for (let i = 0; i < 5; i++) await sink.write(i * 2 ** 23, new Uint8Array(2 ** 23));
    await kept.close();
    const tables = await openDatabaseTables(`${name} content`);
    expect(await tables.pieces(1)).toHaveLength(1);
    expect(await tables.pieces(2)).toEqual([]);
    tables.close();
  });

  it.each([
    ['without IndexedDB', undefined],
    [
      'with an IndexedDB that refuses',
      {
        open() {
          throw new DOMException('A mutation operation was attempted.', 'InvalidStateError');
        },
      },
    ],
  ])('is in memory %s', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB);
    const kept = await openKept({ name: freshName(), isLasting: true });
    expect(kept.isLasting).toBe(false);
    await kept.putPart('a', writing(front));
    expect(await bytesOf(await kept.sent('a'))).toEqual(front);
    await kept.store.append('object', Uint8Array.of(5), 0);
    await kept.saveState(1);
    expect(await kept.readState()).toBe(1);
    await kept.deleteAll();
  });

  it('deletes what was kept before, when nothing is kept now, and what cannot be opened', async () => {
    const left = async (name: string) =>
      (await indexedDB.databases()).filter((each) => each.name!.startsWith(name));
    for (const remove of [
      async (name: string) => (await openKept({ name, isLasting: false })).deleteAll(),
      deleteKept,
    ]) {
      const name = freshName();
      const kept = await openKept({ name, isLasting: true });
      await kept.saveState(1);
      await kept.close();
      expect(await left(name)).toHaveLength(2);
      await remove(name);
      expect(await left(name)).toEqual([]);
    }
  });

  it('is read where there is no room for more, and left where a newer page has kept it', async () => {
    const options = { name: freshName(), isLasting: true };
    const before = await openKept(options);
    await before.putPart('a', writing(front));
    await before.close();
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError');
    });
    const full = await openKept(options);
    expect(full.isLasting).toBe(true);
    expect(await bytesOf(await full.sent('a'))).toEqual(front);
    await full.close();
    put.mockRestore();

    const newer = indexedDB.open(`${options.name} content`, 99);
    await new Promise((resolve) => {
      newer.onsuccess = resolve;
    });
    newer.result.close();
    const older = await openKept(options);
    expect(older).toMatchObject({ isLasting: false, notKept: 'newer' });
    await older.close();
  });

  it('leaves no trace when that is asked for', async () => {
    const name = freshName();
    const kept = await openKept({ name, isLasting: false });
    expect(kept.isLasting).toBe(false);
    await kept.putPart('a', writing(front));
    await kept.saveState(1);
    await kept.close();
    const databases = (await indexedDB.databases()).map((each) => each.name);
    expect(databases.filter((each) => each!.startsWith(name))).toEqual([]);
  });
});
