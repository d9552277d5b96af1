import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { knownEdition, type TestPublisher, testPublisher, testSession } from '../testing.js';
import type { PushResult, Receiver, ReceiverOptions } from './interface.js';
import type { KnownEdition } from './ports/events.js';
import { createMemoryStore } from './ports/memory-store.js';
import { createMemorySink } from './ports/sink.js';
import type { DatagramStore } from './ports/store.js';
import { createLocalProcessor } from './processing/processor.js';
import { createReceiver } from './receiver.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
let editions: KnownEdition[];
let datagrams: Uint8Array[];
/** More of the same object than it ever needs. */
let repair: Uint8Array[];
const K = 40;
/** A table and what comes after it. */
const ALL = 1 + K;

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  const object = new Uint8Array(64 * K).fill(7);
  const session = await testSession({ crypto: nodeCrypto, schemes, publisher, object });
  editions = [knownEdition(publisher, [session])];
  datagrams = [await session.fdt(), ...(await session.source())];
  repair = await session.symbols(0, K, 20 * K);
});

const GONE = new Error('The disk is gone.');
const gone = (): never => {
  throw GONE;
};
const goneLater = async (): Promise<never> => gone();

function open(options: Partial<ReceiverOptions> = {}) {
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    editions,
    ...options,
  });
  const failures: unknown[] = [];
  const verified: number[] = [];
  receiver.on('failed', ({ error }) => failures.push(error));
  receiver.on('part', ({ object }) => verified.push(object.toi));
  return { receiver, failures, verified };
}

/** A store from which something is pulled out after so many datagrams. */
function failingStore(after: number, failing: Partial<DatagramStore>): DatagramStore {
  const store = createMemoryStore();
  let left = after;
  const isGone = () => left-- <= 0;
  return {
    append: (...args) => (isGone() && failing.append ? failing.append(...args) : store.append(...args)),
    read: (...args) => (failing.read ? failing.read(...args) : store.read(...args)),
    drop: (...args) => (failing.drop ? failing.drop(...args) : store.drop(...args)),
  };
}

function pushAll(receiver: Receiver): Partial<Record<PushResult, number>> {
  const results: Partial<Record<PushResult, number>> = {};
  for (const each of datagrams) {
    const result = receiver.push(each);
    results[result] = (results[result] ?? 0) + 1;
  }
  return results;
}

const local = (store: DatagramStore) => createLocalProcessor({ crypto: nodeCrypto, schemes, store });

describe('a receiver whose disk is pulled out', () => {
  const failures: [string, () => Partial<ReceiverOptions>][] = [
    ['the store, at once', () => ({ store: failingStore(3, { append: gone }) })],
    ['the store, later', () => ({ store: failingStore(3, { append: goneLater }) })],
    ['the store, when it is read', () => ({ store: failingStore(0, { read: gone }) })],
    ['the store, when an object leaves it', () => ({ store: failingStore(0, { drop: goneLater }) })],
    ['the sink, when it is made', () => ({ createSink: gone })],
    [
      'the sink, when it is written',
      () => ({ createSink: () => ({ ...createMemorySink(), write: goneLater }) }),
    ],
    ['the sink, when it is read', () => ({ createSink: () => ({ ...createMemorySink(), read: gone }) })],
    ['the processor', () => ({ processor: { ...local(createMemoryStore()), rebuild: goneLater } })],
    [
      'the store, with every datagram checked',
      () => ({ verify: 'eager', store: failingStore(3, { append: goneLater }) }),
    ],
  ];

  it.each(failures)('says so, and counts what it drops: %s', async (_, options) => {
    const { receiver, failures, verified } = open(options());
    const { taken = 0, failed = 0 } = pushAll(receiver);
    expect(taken + failed).toBe(ALL);
    await expect(receiver.idle()).rejects.toBe(GONE);
    await expect(receiver.taken()).rejects.toBe(GONE);
    expect(failures).toEqual([GONE]);
    expect(receiver.push(datagrams[1]!)).toBe('failed');
    const { counters } = receiver;
    expect(counters.datagrams + counters.failed).toBe(ALL + 1);
    expect(counters.failed).toBeGreaterThan(0);
    expect(failures).toEqual([GONE]);
    expect(verified).toEqual([]);
  });

  it('gives the datagram at which it fails back as failed, and can be closed', async () => {
    const { receiver } = open({ store: failingStore(3, { append: gone }) });
    for (const each of datagrams.slice(0, 1)) expect(receiver.push(each)).toBe('taken');
    await receiver.taken();
    expect(datagrams.slice(1, 6).map((each) => receiver.push(each))).toEqual([
      'taken',
      'taken',
      'taken',
      'failed',
      'failed',
    ]);
    expect(receiver.counters).toMatchObject({ datagrams: 5, kept: 3, failed: 1 });
    await receiver.close();
  });

  it('has another take up what is in the store', async () => {
    const store = createMemoryStore();
    let left = 30;
    const append: DatagramStore['append'] = (...args) => (left-- > 0 ? store.append(...args) : gone());
    const first = open({ store: { ...store, append } });
    pushAll(first.receiver);
    await expect(first.receiver.idle()).rejects.toBe(GONE);
    await first.receiver.close();
    const second = open({ store });
    expect(await second.receiver.restore()).toBe(29);
    expect(pushAll(second.receiver)).toEqual({ taken: ALL });
    await second.receiver.idle();
    expect(second.verified).toEqual([5]);
    await second.receiver.close();
  });

  it('says of what comes when it is closed that it is', async () => {
    const { receiver } = open();
    await receiver.close();
    expect(pushAll(receiver)).toEqual({ closed: ALL });
    expect(receiver.counters).toMatchObject({ datagrams: 0, failed: 0 });
  });

  it('says what there is no room for', async () => {
    const { receiver } = open({ limits: { maxQueuedBytes: 1000 } });
    const { taken = 0, full = 0 } = pushAll(receiver);
    expect(full).toBeGreaterThan(0);
    expect(receiver.counters['too-many']).toBe(full);
    await receiver.idle();
    expect(receiver.counters.datagrams).toBe(taken);
  });
});

describe('a receiver whose disk is full', () => {
  it('takes no more of what there is no room to rebuild: that would be its room', async () => {
    const memory = createMemoryStore();
    const full = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    const { receiver, failures, verified } = open({
      store: { ...memory, giveWay: () => {} },
      createSink: () => ({ ...createMemorySink(), write: full }),
    });
    expect(pushAll(receiver)).toEqual({ taken: ALL });
    await receiver.idle();
    for (const each of repair) expect(receiver.push(each)).toBe('taken');
    await receiver.idle();
    expect(receiver.counters.surplus).toBeGreaterThan(repair.length / 2);
    expect(receiver.counters.kept).toBeLessThan(4 * K);
    expect([failures, verified]).toEqual([[], []]);
    await receiver.close();
  });
});

describe('a listener that throws', () => {
  const TYPES = ['session', 'announced', 'progress', 'block', 'part', 'seen', 'rejected'] as const;
  const listeners: [string, () => unknown][] = [
    ['at once', gone],
    ['later', goneLater],
  ];

  it.each(listeners)('is told of and ends nothing: %s', async (_, listener) => {
    const { receiver, failures, verified } = open();
    const told: string[] = [];
    receiver.on('listenerFailed', ({ type, error }) => {
      expect(error).toBe(GONE);
      told.push(type);
    });
    for (const type of TYPES) receiver.on(type, listener);
    receiver.push(new Uint8Array(3));
    expect(pushAll(receiver)).toEqual({ taken: ALL });
    await receiver.idle();
    expect(new Set(told)).toEqual(new Set(TYPES));
    expect(receiver.counters).toMatchObject({ kept: K, malformed: 1, failed: 0 });
    expect(verified).toEqual([5]);
    expect(failures).toEqual([]);
    await receiver.close();
  });

  it.each(listeners)('keeps nothing from the other listeners: %s', async (_, listener) => {
    const { receiver } = open();
    receiver.on('listenerFailed', () => {});
    receiver.on('announced', listener);
    const announced: number[] = [];
    receiver.on('announced', ({ toi }) => announced.push(toi));
    pushAll(receiver);
    await receiver.idle();
    expect(announced).toEqual([5]);
    await receiver.close();
  });

  it('stands on the console when nobody listens for it, or whoever does throws too', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { receiver, verified } = open();
    receiver.on('announced', gone);
    pushAll(receiver);
    await receiver.idle();
    const message = (type: string) => `A listener of the receiver's event "${type}" has failed:`;
    expect(said.mock.calls).toEqual([[message('announced'), GONE]]);
    receiver.on('listenerFailed', gone);
    receiver.on('rejected', gone);
    receiver.push(new Uint8Array(3));
    await receiver.idle();
    expect(said.mock.calls.slice(1)).toEqual([[message('listenerFailed'), GONE]]);
    expect(verified).toEqual([5]);
    said.mockRestore();
    await receiver.close();
  });
});
