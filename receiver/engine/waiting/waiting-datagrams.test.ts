import 'fake-indexeddb/auto';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildLct } from '../../../codecs/alc/index.js';
import { concatBytes, writeUint } from '../../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { openDirectoryStore } from '../../stores/directory/directory.js';
import { storeKinds } from '../../stores/testing.js';
import {
  bytesOf,
  knownEdition,
  type TestPublisher,
  type TestSession,
  type TestSessionOptions,
  testPublisher,
  testReceiver,
  testSession,
} from '../../testing.js';
import type { Receive } from '../datagrams/received-datagram.js';
import type { ReceiverOptions } from '../interface.js';
import { createMemoryStore } from '../ports/memory-store.js';
import { isWaiting, type PersistentStore } from '../ports/store.js';
import { createWaitingRestoring } from '../restore/restore-waiting.js';
import { createWaitingDatagrams, today, type WaitingDatagrams, waitingKey } from './waiting-datagrams.js';
import { createWaitingJournal } from './waiting-journal.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
let directory = '';
beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  directory = mkdtempSync(join(tmpdir(), 'datacast-waiting-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const K = 50;
/** Parts that are listed in the index that all receivers know. */
let listed: TestSession[] = [];
const session = async (object: Uint8Array, more: Partial<TestSessionOptions> = {}) => {
  const made = await testSession({ crypto: nodeCrypto, schemes, publisher, object, ...more });
  listed.push(made);
  return made;
};
afterEach(() => {
  listed = [];
});
const someObject = () => nodeCrypto.randomBytes(64 * K);

const receive = (store: PersistentStore, options: Partial<ReceiverOptions> = {}) =>
  testReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    store,
    editions: [knownEdition(publisher, listed)],
    ...options,
  });

const under = (key: string) => ({ key, session: key });

/** Takes all that waits under a key. */
async function takeAll(waiting: WaitingDatagrams, key: string): Promise<string[]> {
  const taken: string[] = [];
  await waiting.take(key, 'all', (datagram) => taken.push(textOf(datagram)) > 0);
  return taken;
}

/** What waits in a store, as text. */
async function waitingIn(store: PersistentStore): Promise<string[]> {
  const waiting: string[] = [];
  for await (const { object, datagram } of store.restore()) {
    if (isWaiting(object)) waiting.push(textOf(datagram));
  }
  return waiting;
}
const textOf = (datagram: Uint8Array) => Buffer.from(datagram).toString('latin1');

describe.each(storeKinds(() => directory))('with a store in %s', (_, kind) => {
  it.each(['lazy', 'eager'] as const)('what comes before the table is taken up again, %s', async (verify) => {
    const object = someObject();
    const sent = await session(object, { depth: 1 });
    const source = await sent.source();
    const reopen = kind();
    let store = await reopen(undefined);
    // the first receivers are never closed
    await receive(store, { verify }).feed(source.slice(0, 20));
    store = await reopen(store);
    const second = receive(store, { verify });
    expect(await second.receiver.restore()).toBe(20);
    expect(second.receiver.counters.datagrams).toBe(0);
    await second.feed(source.slice(20, 40));
    store = await reopen(store);
    const third = receive(store, { verify });
    expect(await third.receiver.restore()).toBe(40);
    expect(await waitingIn(store)).toEqual(source.slice(0, 40).map(textOf));

    await third.feed([await sent.fdt()]);
    expect(await waitingIn(store)).toEqual([]);
    expect(third.receiver.objects()[0]!.blocks[0]!.received).toBe(40);
    store = await reopen(store);
    const last = receive(store, { verify });
    expect(await last.receiver.restore()).toBe(40);
    await last.feed(source.slice(40));
    expect(last.receiver.counters).toMatchObject({ kept: K - 40, duplicates: 0 });
    expect(last.rejected).toEqual([]);
    expect(await bytesOf(last.complete[0]!.content)).toEqual(object);
    await last.complete[0]!.content.release();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
    await store.close();
  });

  it('what was handed to its object and still waits in the store counts once', async () => {
    const object = someObject();
    const sent = await session(object);
    const source = await sent.source();
    const reopen = kind();
    let store = await reopen(undefined);
    const first = receive(store, { checkDelay: Number.POSITIVE_INFINITY });
    for (const each of [...source.slice(0, 30), await sent.fdt()]) first.receiver.push(each);
    await first.receiver.taken();
    expect((await waitingIn(store)).length).toBe(30);
    store = await reopen(store);
    const second = receive(store);
    await second.receiver.restore();
    expect(await waitingIn(store)).toEqual([]);
    expect(second.receiver.objects()[0]!.blocks[0]!.received).toBe(30);
    for (const each of source.slice(30)) second.receiver.push(each);
    await second.receiver.idle();
    expect(second.receiver.counters).toMatchObject({ kept: K - 30, duplicates: 0 });
    expect(await bytesOf(second.complete[0]!.content)).toEqual(object);
    await second.complete[0]!.content.release();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
    await store.close();
  });

  it('sessions of other senders and without signatures are kept apart', async () => {
    const [a, b] = ['192.0.2.1', '192.0.2.2'].map((source) => ({ source, destination: '239.1.2.3:4001' }));
    const senders = [
      { sent: await session(someObject()), flow: a },
      { sent: await session(someObject(), { publisher: undefined }), flow: a },
      { sent: await session(someObject(), { publisher: undefined }), flow: b },
    ];
    const reopen = kind();
    let store = await reopen(undefined);
    const first = receive(store, { allowUnsigned: true });
    for (const { sent, flow } of senders) await first.feed(await sent.symbols(0, 0, 10), flow);
    store = await reopen(store);
    const second = receive(store, { allowUnsigned: true });
    expect(await second.receiver.restore()).toBe(30);
    for (const { sent, flow } of senders) await second.feed([await sent.fdt()], flow);
    const received = second.receiver.objects().map(({ blocks }) => blocks[0]!.received);
    expect(received).toEqual([10, 10, 10]);
    expect(second.rejected).toEqual([]);
    expect(await waitingIn(store)).toEqual([]);
    await store.close();
  });
});

describe('what waits in the store', () => {
  it('goes to its object when another run has brought the table', async () => {
    const object = someObject();
    const sent = await session(object);
    const source = await sent.source();
    const store = createMemoryStore();
    await receive(store).feed([await sent.fdt(), ...source.slice(0, 20)]);
    for (const each of source.slice(20)) store.append('waiting 0', each, today(), '239.1.2.3:4001');
    const next = receive(store);
    expect(await next.receiver.restore()).toBe(K);
    expect(await bytesOf(next.complete[0]!.content)).toEqual(object);
  });

  it.each(['lazy', 'eager'] as const)('leaves it when nobody asks for it, %s', async (verify) => {
    const sent = await session(someObject());
    const store = createMemoryStore();
    const { receiver } = receive(store, { verify, checkDelay: 5 });
    for (const each of await sent.symbols(0, 0, 30)) receiver.push(each);
    const other = await session(someObject(), { tsi: 8 });
    receiver.push((await other.symbols(0, 0, 1))[0]!);
    receiver.push(await sent.fdt());
    await receiver.taken();
    expect(receiver.objects()[0]!.blocks[0]!.received).toBe(30);
    const waiting = async () => (await waitingIn(store)).length;
    // of what waits beside it the name of what was handed over is kept
    await expect.poll(waiting).toBe(32);
    expect((await waitingIn(store)).at(-1)).toBe('5 signed 7 ');
    const next = receive(store);
    expect(await next.receiver.restore()).toBe(30 + 31);
    expect(next.receiver.objects()[0]!.blocks[0]!.received).toBe(30);
    await receiver.close();
  });

  it.each(['lazy', 'eager'] as const)('goes when it is on the disk where it belongs, %s', async (verify) => {
    const sent = await session(someObject());
    const path = join(directory, `handed over ${verify}`);
    const store = await openDirectoryStore(path, { maxBytes: 2 ** 30 });
    const r = receive(store, { verify });
    await r.feed(await sent.symbols(0, 0, 30));
    await store.sync();
    await r.feed([await sent.fdt()]);
    expect(store.usage().objects).toBe(1);
    // the files alone, without what the process has not written yet
    cpSync(path, `${path}, killed`, {
      recursive: true,
      filter: (name) => !basename(name).startsWith('lock'),
    });
    const left = await openDirectoryStore(`${path}, killed`, { maxBytes: 2 ** 30 });
    expect(await receive(left).receiver.restore()).toBe(30);
    await left.close();
    await r.receiver.close();
    await store.close();
  });

  it('is not trusted, and forgotten after a week', async () => {
    const object = someObject();
    const sent = await session(object);
    const source = await sent.source();
    const store = createMemoryStore();
    const to = '239.1.2.3:4001';
    for (const each of source.slice(0, 10)) store.append('waiting 3', each, today() - 8, to);
    for (const each of source.slice(10, 20)) store.append('waiting 4', each, today() - 6, to);
    const forged = source.slice(20).map((each) => each.slice().fill(7, -8));
    for (const each of [...forged, nodeCrypto.randomBytes(100), new Uint8Array(0)]) {
      store.append('waiting 4', each, 2 ** 32 - 1, to);
    }
    // a table is a table
    store.append('waiting 4', await sent.fdt(), 0, to);
    store.append('waiting 4', await sent.fdt(), today(), to);
    const next = receive(store);
    await next.receiver.restore();
    await next.feed([...source.slice(0, 10), ...source.slice(20)], { destination: to });
    expect(next.rejected).toEqual(['malformed', 'malformed']);
    expect(await bytesOf(next.complete[0]!.content)).toEqual(object);
    await next.complete[0]!.content.release();
    // what is signed for no object that is known waits on
    expect(await waitingIn(store)).toEqual(forged.map(textOf));
  });

  it('is the first to make room, and asks nobody for it', async () => {
    const object = someObject();
    const sent = await session(object);
    const unknown = await session(someObject(), { tsi: 99 });
    const source = await sent.source();
    const size = source[0]!.length;
    const store = createMemoryStore({ maxBytes: 60 * size });
    const earlier = receive(store);
    await earlier.feed([await sent.fdt(), ...source.slice(0, 20)]);
    await earlier.feed(await unknown.symbols(0, 0, 100));
    expect(earlier.rejected).toEqual([]);
    const waiting = (await waitingIn(store)).length;
    expect(waiting).toBeGreaterThan(5);
    expect(waiting).toBeLessThan(40);
    const next = receive(store);
    expect(await next.receiver.restore()).toBe(20 + waiting);
    await next.feed(source.slice(20));
    expect(next.rejected).toEqual([]);
    expect(await bytesOf(next.complete[0]!.content)).toEqual(object);
    expect(await waitingIn(store)).toEqual([]);
    await next.complete[0]!.content.release();
    // in memory it waits on
    await next.feed([await unknown.fdt()]);
    expect(next.receiver.objects()[1]!.blocks[0]!.received).toBe(Math.min(waiting, K));
  });
});

/** A datagram of some session that has no table. */
function stray(tsi: number, toi: number, length: number, salt: number): Uint8Array {
  const payload = new Uint8Array(4 + length).fill(salt);
  writeUint(payload, 0, 4, salt);
  return concatBytes(buildLct({ tsi, toi, codepoint: 6 }, []), payload);
}

describe('a flood of sessions without a table', () => {
  const LIMIT = 200_000;

  it('keeps no other session from waiting after a restart', async () => {
    const sent = await session(someObject());
    const symbols = await sent.symbols(0, 0, 20);
    const store = createMemoryStore();
    const flood = Array.from({ length: 4200 }, (_, i) => stray(100 + i, 1, 50, i));
    const first = receive(store, { allowUnsigned: true });
    await first.feed([...flood, ...symbols]);
    expect((await waitingIn(store)).length).toBe(4096);
    const second = receive(store, { allowUnsigned: true });
    expect(await second.receiver.restore()).toBe(4096);
    // the flood goes on for some of them
    await second.feed([...flood.slice(0, 4000), ...symbols]);
    const waiting = await waitingIn(store);
    for (const each of symbols) expect(waiting).toContain(textOf(each));
    await second.feed([await sent.fdt()]);
    expect(second.receiver.objects()[0]!.blocks[0]!.received).toBe(20);
  });

  it.each([
    ['one session', () => 1, (i: number) => 500 + (i % 900)],
    ['sessions one after the other', (i: number) => Math.floor(i / 25), () => 1000],
    ['ever more sessions', (i: number) => i % 2000, (i: number) => 1 + ((i * 37) % 1400)],
    ['few sessions, long and short', (i: number) => i % 7, (i: number) => (i % 7 === 0 ? 60_000 : 1)],
  ] as const)('%s: bounded in bytes, files and writing', async (name, tsiOf, lengthOf) => {
    const path = join(directory, name);
    const store = await openDirectoryStore(path, { maxBytes: 2 ** 30 });
    let written = 0;
    const counting: PersistentStore = {
      ...store,
      append(object, datagram, ...rest) {
        written += datagram.length;
        return store.append(object, datagram, ...rest);
      },
    };
    const object = someObject();
    const sent = await session(object);
    const source = await sent.source();
    const r = receive(counting, { allowUnsigned: true, limits: { maxWaitingBytes: LIMIT } });
    await r.feed([await sent.fdt(), ...source.slice(0, 10)]);
    const own = store.usage().bytes;
    const flood = async (from: number, to: number) => {
      for (let i = from; i < to; i += 500) {
        await r.feed(Array.from({ length: 500 }, (_, k) => stray(tsiOf(i + k), 1, lengthOf(i + k), i + k)));
        expect(store.usage().bytes - own).toBeLessThanOrEqual(3 * LIMIT);
        expect(readdirSync(path).length).toBeLessThanOrEqual(4);
      }
      return written;
    };
    expect(await flood(0, 6000)).toBeLessThan(10 * LIMIT);
    // however long it lasts, nothing more is written
    const before = await flood(6000, 30_000);
    expect(before).toBeLessThan(16 * LIMIT);
    expect(await flood(30_000, 36_000)).toBe(before);
    await r.feed(source.slice(10));
    expect(await bytesOf(r.complete[0]!.content)).toEqual(object);
    await r.receiver.close();
    await store.close();
  });
});

/** A journal with as much room as it likes, and what it occupies. */
function journalOn(store: PersistentStore, maxBytes: number, room = 1e9) {
  let occupied = 0;
  const spare = {
    spare: () => room - occupied,
    occupy(bytes: number) {
      occupied += bytes;
    },
    unclaim(bytes: number) {
      occupied -= bytes;
    },
  };
  const journal = createWaitingJournal(store, spare, maxBytes);
  const waiting = createWaitingDatagrams({ maxBytes, journal, later: () => {}, isCertified: () => false });
  return { journal, waiting, occupied: () => occupied };
}

describe('the journal', () => {
  const KEYS = ['a', 'b', 'c', 'd', 'e'];
  const LIMIT = 5000;
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ add: fc.constantFrom(...KEYS), length: fc.nat(600) }) },
    { weight: 2, arbitrary: fc.record({ take: fc.constantFrom(...KEYS) }) },
    { weight: 3, arbitrary: fc.constant({ tidy: true }) },
    { weight: 1, arbitrary: fc.constant({ giveUp: true }) },
  );

  it('holds whatever waits and was not given up, within bounds', async () => {
    const run = async (steps: object[], room: number) => {
      const store = createMemoryStore();
      const { waiting, occupied } = journalOn(store, LIMIT, room);
      /** What has to be in the store, by key. */
      const model = new Map<string, Uint8Array[]>(KEYS.map((key) => [key, []]));
      let salt = 0;
      for (const each of steps as { add?: string; length: number; take?: string; tidy?: true }[]) {
        if (each.add !== undefined) {
          const datagram = new Uint8Array(4 + each.length);
          writeUint(datagram, 0, 4, salt++);
          if (await waiting.add(under(each.add), { bytes: datagram, flow: { destination: each.add } }))
            model.get(each.add)!.push(datagram);
        } else if (each.take !== undefined) {
          const taken = await takeAll(waiting, each.take);
          for (const held of model.get(each.take)!.slice(0, taken.length))
            expect(taken).toContain(textOf(held));
          model.set(each.take, []);
        } else if (each.tidy) await waiting.tidy();
        else await waiting.giveUp();
        expect(waiting.bytes).toBeLessThanOrEqual(LIMIT);
        expect(store.usage().bytes).toBeLessThanOrEqual(occupied());
        expect(occupied()).toBeLessThanOrEqual(Math.min(room, 2 * LIMIT + 732));
        expect(store.usage().objects).toBeLessThanOrEqual(1);
      }
      for (const key of KEYS) await takeAll(waiting, key);
      await waiting.tidy();
      expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
      expect(occupied()).toBe(0);
    };
    const rooms = fc.constantFrom(1e9, 12_000, 7000, 1000);
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 300 }), rooms, run), { numRuns: 100 });
  });

  it('says the same in the next run, whatever came and went, unless something had to go', async () => {
    const steps = fc.array(step, { maxLength: 60 });
    const property = fc.asyncProperty(steps, fc.nat(200), async (steps, length) => {
      const store = createMemoryStore();
      const { waiting } = journalOn(store, LIMIT);
      let salt = 0;
      let isWhole = true;
      const added = new Set<string>();
      for (const each of steps as { add?: string; take?: string; tidy?: true }[]) {
        if (each.add !== undefined) {
          const datagram = new Uint8Array(4 + length);
          writeUint(datagram, 0, 4, salt++);
          added.add(textOf(datagram));
          const isKept = await waiting.add(under(each.add), {
            bytes: datagram,
            flow: { destination: each.add },
          });
          isWhole &&= isKept;
        } else if (each.take !== undefined) {
          await takeAll(waiting, each.take);
          await waiting.tidy();
        } else if (each.tidy) await waiting.tidy();
      }
      const next = journalOn(store, LIMIT);
      const receive: Receive = async (datagram) => {
        await next.waiting.add(under(datagram.flow.destination!), datagram);
      };
      const limits = { maxWaitingBytes: LIMIT };
      const restoring = createWaitingRestoring(store, { crypto: nodeCrypto, ...next, receive, limits });
      for await (const stored of store.restore()) restoring.note(stored);
      await restoring.takeUp();
      expect(next.waiting.bytes).toBeLessThanOrEqual(LIMIT);
      for (const key of KEYS) {
        const [left, taken] = [await takeAll(waiting, key), await takeAll(next.waiting, key)];
        if (isWhole) expect(taken).toEqual(left);
        else for (const each of taken) expect(added).toContain(each);
      }
      await next.waiting.tidy();
      expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it('does not keep more of what was taken than what waits', async () => {
    const store = createMemoryStore();
    const { waiting, occupied } = journalOn(store, 1_000_000);
    for (let salt = 0; salt < 100; salt++)
      await waiting.add(under('a'), { bytes: stray(1, 1, 1000, salt), flow: { destination: 'a' } });
    let most = 0;
    for (let salt = 0; salt < 1000; salt++) {
      await waiting.add(under('b'), { bytes: stray(2, 1, 1000, salt), flow: { destination: 'b' } });
      if (salt % 10 < 9) continue;
      await takeAll(waiting, 'b');
      await waiting.tidy();
      most = Math.max(most, occupied());
    }
    expect(most).toBeGreaterThan(1.9 * waiting.bytes);
    expect(most).toBeLessThan(2.1 * waiting.bytes);
    expect(await waitingIn(store)).toEqual(expect.arrayContaining(await takeAll(waiting, 'a')));
  });

  it('loses nothing that waits, whenever it is killed while it is written anew', async () => {
    for (let steps = 0; ; steps++) {
      const store = createMemoryStore();
      let left = Number.POSITIVE_INFINITY;
      /** After so many steps nothing happens any more. */
      const step = <T>(work: () => T): T | Promise<never> => (left-- > 0 ? work() : new Promise(() => {}));
      const killed: PersistentStore = {
        ...store,
        append: (...args) => step(() => store.append(...args)),
        drop: (object) => step(() => store.drop(object)),
        sync: () => step(() => store.sync()),
      };
      const { journal, waiting } = journalOn(killed, LIMIT);
      const [key, other] = [waitingKey('unsigned 1 ', 1), waitingKey('unsigned 2 ', 1)];
      const waits = Array.from({ length: 15 }, (_, i) => stray(1, 1, 50, i));
      for (const each of waits) await waiting.add(key, { bytes: each, flow: {} });
      for (let i = 0; i < 4; i++) {
        await waiting.add(other, { bytes: stray(2, 1, 1300, i), flow: {} });
        await takeAll(waiting, other.key);
        if (i < 3) await waiting.tidy();
      }
      expect(journal.isUntidy()).toBe(true);
      left = steps;
      let isDone = false;
      void waiting.tidy().then(() => {
        isDone = true;
      });
      await new Promise((resolve) => setTimeout(resolve));
      const found = await waitingIn(store);
      for (const each of waits) expect(found, `${steps} steps`).toContain(textOf(each));

      const next = receive(store, { allowUnsigned: true, limits: { maxWaitingBytes: LIMIT } });
      await next.receiver.restore();
      const after = await waitingIn(store);
      for (const each of waits) expect(after.filter((other) => other === textOf(each)).length).toBe(1);
      expect(store.usage().objects).toBe(1);
      if (!isDone) continue;
      expect(steps).toBeGreaterThan(15);
      return;
    }
  });
});
