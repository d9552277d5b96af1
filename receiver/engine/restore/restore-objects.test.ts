import 'fake-indexeddb/auto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes } from '../../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
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
import type { ReceiverOptions } from '../interface.js';
import { createMemoryStore } from '../ports/memory-store.js';
import type { PersistentStore } from '../ports/store.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
let stranger: TestPublisher;
let directory = '';

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  stranger = await testPublisher(nodeCrypto, 2);
  directory = mkdtempSync(join(tmpdir(), 'datacast-restoring-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Bytes that do not repeat. */
function someBytes(length: number, salt = 1): Uint8Array {
  return concatBytes(...Array.from({ length: Math.ceil(length / 32) }, (_, i) => digest(i, salt))).subarray(
    0,
    length,
  );
}
const digest = (i: number, salt: number) => nodeCrypto.sha256(Uint8Array.of(i, i >> 8, salt, salt >> 8));

/** Parts that are listed in the index that all receivers know. */
let listed: TestSession[] = [];
const session = async (object: Uint8Array, more: Partial<TestSessionOptions> = {}) => {
  const made = await testSession({ crypto: nodeCrypto, schemes, publisher, object, ...more });
  if (more.kind !== 'index') listed.push(made);
  return made;
};
afterEach(() => {
  listed = [];
});

const receive = (store: PersistentStore, options: Partial<ReceiverOptions> = {}) =>
  testReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    store,
    editions: [knownEdition(publisher, listed)],
    ...options,
  });

describe.each(storeKinds(() => directory))('with a store in %s', (_, kind) => {
  it.each(['lazy', 'eager'] as const)('a reception goes on in the next run, %s', async (verify) => {
    const object = someBytes(6000);
    const sent = await session(object, { blocks: 2, depth: 1 });
    const source = await sent.source();
    const reopen = kind();
    let store = await reopen(undefined);
    const first = receive(store, { verify });
    await first.feed([await sent.fdt(), ...source.slice(0, 60)]);
    await first.receiver.close();
    store = await reopen(store);
    const second = receive(store, { verify });
    expect(await second.receiver.restore()).toBe(60);
    expect(second.receiver.counters).toMatchObject({ datagrams: 0, kept: 0, duplicates: 0 });
    expect(second.receiver.objects()[0]!.blocks.map(({ received }) => received)).toEqual([47, 13]);
    // no table, and nothing twice
    await second.feed(source.slice(60));
    expect(second.receiver.counters).toMatchObject({ kept: source.length - 60, duplicates: 0 });
    expect(second.rejected).toEqual([]);
    expect(await bytesOf(second.complete[0]!.content)).toEqual(object);

    // as long as nobody has made use of it, it is there
    await second.receiver.close();
    await second.complete[0]!.content.release();
    store = await reopen(store);
    const third = receive(store, { verify });
    await third.receiver.restore();
    expect(await bytesOf(third.complete[0]!.content)).toEqual(object);
    await third.complete[0]!.content.release();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
    await store.close();
  });

  it('a receiver that is closed takes up no more, and the rest stays', async () => {
    const object = someBytes(6000);
    const sent = await session(object);
    const source = await sent.source();
    const reopen = kind();
    let store = await reopen(undefined);
    const first = receive(store);
    await first.feed([await sent.fdt(), ...source.slice(0, 60)]);
    await first.receiver.close();
    store = await reopen(store);
    let read = 0;
    const interrupted: PersistentStore = {
      ...store,
      async *restore() {
        for await (const stored of store.restore()) {
          if (++read === 10) void second.receiver.close();
          yield stored;
        }
      },
    };
    const second = receive(interrupted);
    await second.receiver.restore();
    expect(read).toBe(10);
    await second.receiver.close();
    store = await reopen(store);
    const third = receive(store);
    expect(await third.receiver.restore()).toBe(60);
    await third.feed(source.slice(60));
    expect(await bytesOf(third.complete[0]!.content)).toEqual(object);
    await store.close();
  });

  it('sessions of other kinds go on too', async () => {
    const object = someBytes(3000);
    const cases: Partial<TestSessionOptions>[] = [
      { fdtSymbolSize: 128 },
      { publisher: undefined },
      { publisher: undefined, fec: 'no-code', fdtSymbolSize: 128 },
      {
        publisher: undefined,
        fec: 'no-code',
        ftiOnSymbols: true,
        alterFile: (file) => ({ ...file, fec: { encodingId: file.fec.encodingId, attributes: {} } }),
      },
    ];
    for (const [number, options] of cases.entries()) {
      const sent = await session(object, options);
      const source = await sent.source();
      const tables: Uint8Array[] = [];
      for (let esi = 0; esi < (options.fdtSymbolSize === undefined ? 1 : 20); esi++) {
        const table = await sent.fdt(esi).catch(() => undefined);
        if (table === undefined) break;
        tables.push(table);
      }
      const reopen = kind();
      let store = await reopen(undefined);
      const first = receive(store, { allowUnsigned: true });
      await first.feed([...tables, ...source.slice(0, 20)]);
      const { bytes } = store.usage();
      await first.receiver.close();
      store = await reopen(store);
      const second = receive(store, { allowUnsigned: true });
      expect(await second.receiver.restore(), `case ${number}`).toBe(20);
      expect(store.usage().bytes).toBe(bytes);
      await second.feed(source.slice(20));
      expect(await bytesOf(second.complete[0]!.content)).toEqual(object);
      await second.receiver.close();
      await store.close();
    }
  });
});

describe('restoring', () => {
  it('adds up several sessions, and keys that were replaced', async () => {
    const object = someBytes(6400);
    const uplinks = [
      await session(object),
      await session(object, { tsi: 8, uplinkSeed: new Uint8Array(32).fill(9), toi: 30 }),
      await session(object, { generation: 2, uplinkSeed: new Uint8Array(32).fill(10) }),
    ];
    const store = createMemoryStore();
    const first = receive(store);
    for (const [i, uplink] of uplinks.entries()) {
      await first.feed([await uplink.fdt(), ...(await uplink.symbols(0, 30 * i, 30))]);
    }
    // what the replaced key signed is not lost: nobody has found fault with it
    const seen = first.receiver.seen();
    for (const verify of ['lazy', 'eager'] as const) {
      const next = receive(store, { seen, verify });
      await next.receiver.restore();
      const held = next.receiver.objects()[0]!.blocks[0]!.received;
      expect(held).toBe(verify === 'lazy' ? 90 : 70);
      if (verify === 'eager') continue;
      await next.feed(await uplinks[2]!.symbols(0, 90, 12));
      expect(await bytesOf(next.complete[0]!.content)).toEqual(object);
    }
  });

  it('trusts nothing in the store more than the channel', async () => {
    const object = someBytes(2560);
    const sent = await session(object);
    const [table, ...symbols] = [await sent.fdt(), ...(await sent.symbols(0, 0, 30))];
    const store = createMemoryStore();
    await receive(store).feed([table!, ...symbols]);
    const altered: PersistentStore = {
      ...store,
      async *restore() {
        for await (const stored of store.restore()) {
          if (stored.reference % 10 === 3) stored.datagram[stored.datagram.length - 1]! ^= 1;
          yield stored;
        }
        const common = { object: 'another', flow: undefined, reference: 0 };
        yield { ...common, group: 0, datagram: someBytes(300) };
        yield { ...common, group: 2 ** 32 - 1, datagram: someBytes(300) };
        for (const id of [...receiverObjects()]) {
          for (const datagram of [someBytes(200), new Uint8Array(0), await unsignedDatagram()]) {
            yield { ...common, object: id, group: 0, datagram };
          }
        }
      },
    };
    const next = receive(altered);
    const receiverObjects = () => next.receiver.objects().map((each) => each.object.id);
    const unsignedDatagram = async () =>
      (await (await session(object, { publisher: undefined })).symbols(0, 35, 1))[0]!;
    await next.receiver.restore();
    await next.feed(await sent.symbols(0, 30, 20));
    expect(next.rejected.filter((reason) => reason === 'forged').length).toBe(3);
    expect(await bytesOf(next.complete[0]!.content)).toEqual(object);
  });

  it('leaves alone what it cannot use, until there is no room', async () => {
    const other = await session(someBytes(20_000), { publisher: stranger });
    const store = createMemoryStore({ maxBytes: 50_000 });
    const first = receive(store, { trust: [stranger] });
    await first.feed([await other.fdt(), ...(await other.symbols(0, 0, 150))]);
    const held = store.usage().bytes;
    expect(held).toBeGreaterThan(20_000);

    const sent = await session(someBytes(16_000));
    const second = receive(store);
    expect(await second.receiver.restore()).toBe(0);
    expect(store.usage().bytes).toBe(held);
    await second.feed([await sent.fdt(), ...(await sent.symbols(0, 0, 249))]);
    expect(second.rejected).toEqual(['untrusted-publisher']);
    expect(store.usage().objects).toBe(1);
    await second.feed(await sent.symbols(0, 249, 5));
    expect(second.complete.length).toBe(1);
  });

  it('takes an object up that is announced again later', async () => {
    const sent = await session(someBytes(6400));
    const store = createMemoryStore();
    await receive(store).feed([await sent.fdt(), ...(await sent.symbols(0, 0, 50))]);
    const next = receive(store, { trust: [stranger, publisher], limits: { maxObjects: 0 } });
    expect(await next.receiver.restore()).toBe(0);
    expect(next.rejected).toEqual(['left-out']);
  });

  it('drops what was received in a newer edition', async () => {
    const old = await session(someBytes(6400), { sequence: 4, kind: 'index' });
    const store = createMemoryStore();
    const first = receive(store, { editions: [] });
    await first.feed([await old.fdt(), ...(await old.symbols(0, 0, 50))]);
    expect(store.usage().objects).toBe(1);
    // an application that has the index of a newer one
    await receive(store, { editions: [knownEdition(publisher, [])] }).receiver.restore();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
  });

  it('gives the room of objects that expired to others, the oldest first', async () => {
    const now = Date.now() / 1000;
    const store = createMemoryStore({ maxBytes: 60_000 });
    const sent: TestSession[] = [];
    for (const [i, hours] of [-1, -2, 1, 2].entries()) {
      const expires = Math.floor(now + hours * 3600);
      sent.push(await session(someBytes(20_000, i), { toi: 30 + i, expires }));
    }
    const r = receive(store);
    for (const [i, each] of sent.entries()) {
      await r.feed([await each.fdt(), ...(await each.symbols(0, 0, i === 3 ? 280 : 120))]);
    }
    expect(r.receiver.objects().map(({ object }) => object.toi)).toEqual([32, 33]);
    expect(r.rejected).toContain('too-many');
    expect(store.usage().bytes).toBeLessThanOrEqual(60_000);
  });

  it('an abort ends the receiver and leaves the store as it is', async () => {
    const sent = await session(someBytes(6400));
    const store = createMemoryStore();
    const controller = new AbortController();
    const first = receive(store, { signal: controller.signal });
    await first.feed([await sent.fdt(), ...(await sent.symbols(0, 0, 50))]);
    const usage = store.usage();
    controller.abort();
    await first.feed(await sent.symbols(0, 50, 60));
    expect(first.complete).toEqual([]);
    expect(first.receiver.counters.datagrams).toBe(51);
    expect(store.usage()).toEqual(usage);
    const ended = receive(store, { signal: AbortSignal.abort() });
    expect(await ended.receiver.restore()).toBe(0);
  });
});
