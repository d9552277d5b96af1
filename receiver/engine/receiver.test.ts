import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildLct } from '../../codecs/alc/index.js';
import { verifySignatures } from '../../codecs/crypto/ed25519-batch.js';
import { nobleCrypto } from '../../codecs/crypto/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { publisherId } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import {
  bytesOf,
  knownEdition,
  type TestPublisher,
  type TestSession,
  type TestSessionOptions,
  testEdition,
  testPublisher,
  testSession,
} from '../testing.js';
import type { Receiver, ReceiverOptions } from './interface.js';
import type { ReceiverEvents, Rejection } from './ports/events.js';
import { createMemoryStore } from './ports/memory-store.js';
import type { DatagramStore } from './ports/store.js';
import { createReceiver } from './receiver.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
let stranger: TestPublisher;

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
  stranger = await testPublisher(nodeCrypto, 2);
});

/** Bytes that do not repeat. */
function someBytes(length: number, salt = 1): Uint8Array {
  let state = salt;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

interface Observed {
  receiver: Receiver;
  sessions: ReceiverEvents['session'][];
  announced: ReceiverEvents['announced'][];
  verified: ReceiverEvents['part'][];
  unsigned: ReceiverEvents['unsigned'][];
  rejected: Rejection[];
  feed(...datagrams: Uint8Array[]): Promise<void>;
}

/** @param listed parts that an edition lists whose index is known */
function observe(options: Partial<ReceiverOptions> = {}, ...listed: TestSession[]): Observed {
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    editions: listed.length > 0 ? [knownEdition(publisher, listed)] : [],
    ...options,
  });
  const seen = {
    sessions: [],
    announced: [],
    verified: [],
    unsigned: [],
    rejected: [],
  } as unknown as Observed;
  receiver.on('session', (event) => seen.sessions.push(event));
  receiver.on('announced', (event) => seen.announced.push(event));
  receiver.on('part', (event) => seen.verified.push(event));
  receiver.on('unsigned', (event) => seen.unsigned.push(event));
  receiver.on('rejected', (event) => seen.rejected.push(event));
  return Object.assign(seen, {
    receiver,
    async feed(...datagrams: Uint8Array[]) {
      for (const datagram of datagrams) receiver.push(datagram, { destination: '239.1.2.3:4001' });
      await receiver.idle();
    },
  });
}

const signed = (object: Uint8Array, more: Partial<TestSessionOptions> = {}) =>
  testSession({ crypto: nodeCrypto, schemes, publisher, object, ...more });

const unsigned = (object: Uint8Array, more: Partial<TestSessionOptions> = {}) =>
  testSession({ crypto: nodeCrypto, schemes, object, ...more });

describe.each([
  ['lazy', undefined],
  ['eager', undefined],
  ['lazy, asynchronous', true],
] as const)('receiving, %s', (mode, asynchronous) => {
  const options = (): Partial<ReceiverOptions> => ({
    verify: mode === 'eager' ? 'eager' : 'lazy',
    ...(asynchronous && { store: asynchronousStore(), crypto: asynchronousCrypto() }),
  });

  it('rebuilds a signed object of several blocks from repair symbols in any order', async () => {
    const object = someBytes(5000);
    const session = await signed(object, { blocks: 3 });
    const r = observe(options(), session);
    const symbols: Uint8Array[] = [];
    for (const { sbn, sourceSymbols: k } of session.blocks)
      symbols.push(...(await session.symbols(sbn, 5, k + 2)));
    await r.feed(await session.fdt(), ...symbols.reverse());
    expect(r.verified.length).toBe(1);
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
    expect(r.verified[0]!.part).toEqual(session.part);
    expect(r.verified[0]!.editions).toMatchObject([{ name: 'news', sequence: 5 }]);
    expect(r.sessions).toEqual([
      { tsi: 7, destination: '239.1.2.3:4001', publisher: publisherId(publisher) },
    ]);
    expect(r.rejected).toEqual([]);
  });

  it('checks datagrams that came before the table', async () => {
    const object = someBytes(1000);
    const session = await signed(object);
    const r = observe(options(), session);
    await r.feed(...(await session.source()), await session.fdt());
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
  });

  it('takes the Buffers that Node hands out', async () => {
    const object = someBytes(1000);
    const session = await signed(object);
    const r = observe(options(), session);
    await r.feed(
      ...[await session.fdt(), ...(await session.source())].map((datagram) => Buffer.from(datagram)),
    );
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
  });

  it('reads a table of many symbols, and batches with a tree', async () => {
    const object = someBytes(1000);
    const session = await signed(object, { fdtSymbolSize: 64, depth: 3 });
    const r = observe(options(), session);
    const fdt = await Promise.all(Array.from({ length: 25 }, (_, i) => session.fdt(i + 3)));
    await r.feed(...fdt, ...(await session.source()));
    expect(r.verified.length).toBe(1);
  });

  it('drops forgeries that come first, beside and last', async () => {
    const object = someBytes(6400);
    const session = await signed(object, { blocks: 2 });
    const attacker = new Uint8Array(32).fill(0x66);
    const r = observe(options(), session);
    const early = await Promise.all(
      [3, 200, 201].map((esi) => session.datagram(0, esi, someBytes(64, esi), attacker)),
    );
    const altered = (await session.symbols(1, 4, 1))[0]!.slice();
    altered[altered.length - 1]! ^= 1;
    await r.feed(await session.fdt(), ...early, altered, ...(await session.source()));
    // The forgeries of block 0 displaced genuine symbols: some more are needed there.
    await r.feed(...(await session.symbols(0, 60, 3)));
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
    expect(r.receiver.counters.forged).toBe(4);
    const late = await session.datagram(0, 300, someBytes(64), attacker);
    await r.feed(late);
    expect(r.receiver.counters.surplus).toBeGreaterThan(0);
  });

  it('keeps receiving when damage, duplicates and disorder are all there is', async () => {
    const object = someBytes(3000);
    const session = await signed(object, { depth: 2 });
    const symbols = await session.symbols(0, 0, 80);
    const damaged = symbols.map((symbol, i) => {
      const copy = symbol.slice();
      copy[(i * 7) % copy.length]! ^= 1 << (i % 8);
      return copy;
    });
    const cut = symbols.map((symbol, i) => symbol.slice(0, (i * 3) % symbol.length));
    const r = observe(options(), session);
    await r.feed(await session.fdt(), ...damaged, ...cut, ...symbols.toReversed(), ...symbols);
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
  });
});

/** A store whose answers come later. */
function asynchronousStore(): DatagramStore {
  const store = createMemoryStore();
  return {
    append: async (...given) => store.append(...given),
    read: async (...given) => store.read(...given),
    drop: async (...given) => store.drop(...given),
  };
}

function asynchronousCrypto() {
  return {
    ...nodeCrypto,
    ed25519Verify: async (...given: Parameters<typeof nodeCrypto.ed25519Verify>) =>
      nodeCrypto.ed25519Verify(...given),
  };
}

describe('forgeries', () => {
  it('is not led astray by a forgery of the same symbol, whichever comes first', async () => {
    const object = someBytes(640);
    const session = await signed(object);
    const forged = await session.datagram(0, 2, someBytes(64, 9), new Uint8Array(32).fill(9));
    for (const forgedFirst of [true, false]) {
      const r = observe({}, session);
      const [zero, one, two, ...more] = await session.source();
      const both = forgedFirst ? [forged, two!] : [two!, forged];
      await r.feed(await session.fdt(), zero!, one!, ...both, ...more);
      expect(r.verified.length).toBe(1);
      expect(r.receiver.counters.forged).toBe(1);
    }
  });

  it('is not led astray by a copy with a broken signature that comes before the genuine datagram', async () => {
    const object = someBytes(640);
    const session = await signed(object);
    const source = await session.source();
    const broken = source.map((datagram) => {
      const copy = datagram.slice();
      copy[40]! ^= 1;
      return copy;
    });
    const bad = await session.datagram(0, 20, someBytes(64), new Uint8Array(32).fill(9));
    const r = observe({}, session);
    // The bad symbol spoils the block, so that all are checked: the genuine ones must still be there.
    await r.feed(await session.fdt(), bad, ...broken.slice(1), ...source);
    expect(r.verified.length).toBe(1);
  });

  it('survives a forgery in a block that is rebuilt already, and shows what is missing', async () => {
    const object = someBytes(6400);
    const session = await signed(object, { blocks: 2 });
    const bad = await session.datagram(0, 99, someBytes(64), new Uint8Array(32).fill(9));
    const r = observe({}, session);
    const first = await session.symbols(0, 0, 49);
    await r.feed(await session.fdt(), bad, ...first, ...(await session.symbols(1, 0, 50)));
    expect(r.verified).toEqual([]);
    expect(r.receiver.objects()[0]!.blocks).toEqual([
      { sbn: 0, sourceSymbols: 50, received: 49, rebuilt: false },
      { sbn: 1, sourceSymbols: 50, received: 50, rebuilt: true },
    ]);
    await r.feed(...(await session.symbols(0, 49, 1)));
    expect(r.verified.length).toBe(1);
  });

  it('checks datagrams as they come once forgeries were found', async () => {
    const object = someBytes(640);
    const session = await signed(object);
    const attacker = new Uint8Array(32).fill(9);
    const r = observe({}, session);
    const source = await session.source();
    await r.feed(
      await session.fdt(),
      await session.datagram(0, 50, someBytes(64), attacker),
      ...source.slice(1),
    );
    expect(r.receiver.counters.forged).toBe(1);
    await r.feed(await session.datagram(0, 51, someBytes(64, 2), attacker));
    expect(r.receiver.counters.forged).toBe(2);
    await r.feed(source[0]!);
    expect(r.verified.length).toBe(1);
  });

  it('refuses forged tables, and a forged one does not spoil the genuine', async () => {
    const object = someBytes(640);
    const session = await signed(object, { fdtSymbolSize: 64 });
    const genuine = await Promise.all(Array.from({ length: 20 }, (_, i) => session.fdt(i)));
    const altered = genuine.map((datagram, i) => {
      const copy = datagram.slice();
      copy[copy.length - 1 - i]! ^= 1;
      return copy;
    });
    const r = observe({}, session);
    await r.feed(...altered.flatMap((bad, i) => [bad, genuine[i]!]), ...(await session.source()));
    expect(r.verified.length).toBe(1);
    expect(r.receiver.counters.forged).toBeGreaterThan(0);
  });

  it('refuses a session of a publisher who is not trusted, and says which key it names', async () => {
    const session = await testSession({
      crypto: nodeCrypto,
      schemes,
      publisher: stranger,
      object: someBytes(99),
    });
    const r = observe({ allowUnsigned: true });
    await r.feed(await session.fdt(), ...(await session.source()));
    expect(r.sessions).toEqual([]);
    expect(r.verified).toEqual([]);
    expect(r.unsigned).toEqual([]);
    const [rejection] = r.rejected;
    expect(rejection).toMatchObject({
      reason: 'untrusted-publisher',
      publisher: publisherId(stranger),
    });
  });

  it('refuses a certificate made in the name of a trusted publisher', async () => {
    const impostor = { ...stranger, publicKey: publisher.publicKey };
    const session = await testSession({
      crypto: nodeCrypto,
      schemes,
      publisher: impostor,
      object: someBytes(99),
    });
    const r = observe();
    await r.feed(await session.fdt(), ...(await session.source()));
    expect(r.sessions).toEqual([]);
    expect(r.receiver.counters['bad-certificate']).toBe(1);
  });

  it('does not take a key for another one whose key id it was given', async () => {
    const namesake = { ...stranger, keyId: publisher.keyId };
    const object = someBytes(99);
    const theirs = await testEdition({ crypto: nodeCrypto, schemes, publisher: namesake, parts: [object] });
    const r = observe();
    await r.feed(...(await theirs.announce()), ...(await theirs.send()));
    expect(r.sessions).toEqual([]);
    expect(r.rejected[0]).toMatchObject({
      reason: 'untrusted-publisher',
      publisher: publisherId(stranger),
    });
  });

  it('remembers what a key has signed apart from what another key of its id has', async () => {
    const namesake = { ...stranger, keyId: publisher.keyId };
    const edition = (by: TestPublisher, sequence: number, generation: number) =>
      testEdition({
        ...{ crypto: nodeCrypto, schemes, publisher: by, parts: [someBytes(99)] },
        ...{ sequence, generation },
      });
    const theirs = await edition(namesake, 9, 9);
    const ours = await edition(publisher, 5, 5);
    // whoever trusts both is refused before; the engine tells them apart all the same
    const r = observe({ trust: [namesake, publisher] });
    for (const each of [theirs, ours]) await r.feed(...(await each.announce()), ...(await each.send()));
    expect(r.receiver.editions().map(({ edition }) => [edition.publisher, edition.sequence])).toEqual([
      [publisherId(namesake), 9],
      [publisherId(publisher), 5],
    ]);
    expect(r.verified.length).toBe(2);
    expect(r.rejected).toEqual([]);
  });

  it('refuses a certificate for another session', async () => {
    const session = await signed(someBytes(99), { tsi: 8 });
    const fdt = await session.fdt();
    fdt[9] = 7; // TSI
    const r = observe({}, session);
    await r.feed(fdt);
    expect(r.receiver.counters['bad-certificate']).toBe(1);
  });

  it('refuses datagrams of another object that had the same TOI', async () => {
    const object = someBytes(640);
    const old = await signed(someBytes(640, 8), { toi: 9 });
    const session = await signed(object, { toi: 9 });
    for (const verify of ['lazy', 'eager'] as const) {
      const r = observe({ verify }, session);
      await r.feed(await session.fdt(), ...(await old.symbols(0, 3, 12)));
      expect(r.verified).toEqual([]);
      await r.feed(...(await session.source()));
      expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
      expect(r.receiver.counters.forged).toBe(12);
    }
  });

  it('refuses an object that the uplink announces and the publisher did not sign', async () => {
    const object = someBytes(640);
    let genuineSignature = '';
    await signed(someBytes(640, 5), {
      kind: 'index',
      alterFile: (file) => {
        genuineSignature = file.signature!;
        return file;
      },
    });
    // Everything genuine but the digest and the content: what a stolen uplink key can do.
    const stolen = await signed(object, { alterFile: (file) => ({ ...file, signature: genuineSignature }) });
    const r = observe();
    await r.feed(await stolen.fdt(), ...(await stolen.source()));
    expect(r.verified).toEqual([]);
    expect(r.receiver.counters['bad-publisher-signature']).toBe(1);

    const invented = await signed(object, {
      alterFile: (file) => ({
        ...file,
        sequence: 99,
        signature: genuineSignature.replace('sequence:5', 'sequence:99'),
      }),
    });
    const none = await signed(object, { alterFile: ({ sha256: _, ...file }) => file });
    const q = observe();
    await q.feed(await invented.fdt(), await none.fdt());
    expect(q.announced).toEqual([]);
    expect(q.receiver.counters['not-an-edition']).toBe(2);
  });

  it('refuses an object whose digest is not the announced one, once and for all', async () => {
    const sha256 = new Uint8Array(32);
    const session = await signed(someBytes(640), { alterFile: (file) => ({ ...file, sha256 }) });
    const part = { ...session.part, sha256: '00'.repeat(32) };
    const r = observe({}, { ...session, part });
    await r.feed(await session.fdt(), ...(await session.symbols(0, 0, 10)));
    expect(r.receiver.counters.forged).toBe(10);
    expect(r.verified).toEqual([]);
  });

  it('does not end anything at the word of a datagram that anybody could send', async () => {
    const session = await signed(someBytes(640));
    const close = buildLct({ tsi: 7, toi: 5, codepoint: 6, closeSession: true, closeObject: true });
    const r = observe({ allowUnsigned: true }, session);
    await r.feed(await session.fdt(), close, ...(await session.source()));
    expect(r.verified.length).toBe(1);
    expect(r.receiver.counters.empty).toBe(1);
  });
});

describe('roll-back', () => {
  it('refuses certificates of an older generation, also after a restart', async () => {
    const object = someBytes(640);
    const old = await signed(object, { generation: 1 });
    const current = await signed(object, {
      generation: 2,
      uplinkSeed: new Uint8Array(32).fill(3),
      sequence: 6,
    });
    const r = observe();
    await r.feed(await current.fdt(), await old.fdt());
    expect(r.receiver.counters['old-generation']).toBe(1);
    const later = observe({ seen: r.receiver.seen() });
    await later.feed(await old.fdt(), ...(await old.source()));
    expect(later.verified).toEqual([]);
    expect(later.receiver.counters['old-generation']).toBe(1);
  });
});

describe('sessions without authentication', () => {
  it('are received only when that is allowed', async () => {
    const object = someBytes(1000);
    for (const fec of ['raptorq', 'no-code'] as const) {
      const session = await unsigned(object, { fec, blocks: 2, contentLocation: 'a.html' });
      const datagrams = [await session.fdt(), ...(await session.source())];
      const refusing = observe();
      await refusing.feed(...datagrams);
      expect(refusing.receiver.counters.unsigned).toBe(datagrams.length);
      expect(refusing.unsigned).toEqual([]);
      const r = observe({ allowUnsigned: true });
      await r.feed(...datagrams);
      expect(r.verified).toEqual([]);
      expect(r.unsigned.map(({ object: { contentLocation } }) => contentLocation)).toEqual(['a.html']);
      expect(await bytesOf(r.unsigned[0]!.content)).toEqual(object);
    }
  });

  it('are told from signed ones of the same TSI', async () => {
    const object = someBytes(640);
    const session = await signed(object);
    const foreign = await unsigned(someBytes(640, 3), { toi: 5 });
    const r = observe({ allowUnsigned: true }, session);
    const pairs = (await session.source())
      .flatMap((one, i) => [i === 0 ? [] : [], one])
      .flat() as Uint8Array[];
    await r.feed(await foreign.fdt(), await session.fdt(), ...(await foreign.source()), ...pairs);
    expect(await bytesOf(r.verified[0]!.content)).toEqual(object);
    expect(await bytesOf(r.unsigned[0]!.content)).toEqual(someBytes(640, 3));
  });

  it('may give the parameters in EXT_FTI of the object alone', async () => {
    const object = someBytes(700);
    const session = await unsigned(object, {
      ftiOnSymbols: true,
      alterFile: (file) => ({ ...file, fec: { attributes: {} } }),
    });
    for (const fdtFirst of [true, false]) {
      const r = observe({ allowUnsigned: true });
      const source = await session.source();
      await r.feed(
        ...(fdtFirst ? [await session.fdt(), ...source] : [...source, await session.fdt(), ...source]),
      );
      expect(await bytesOf(r.unsigned[0]!.content)).toEqual(object);
    }
  });

  it('may carry an empty object', async () => {
    const session = await unsigned(new Uint8Array(0), { fec: 'no-code' });
    const r = observe({ allowUnsigned: true });
    await r.feed(await session.fdt());
    expect(await bytesOf(r.unsigned[0]!.content)).toEqual(new Uint8Array(0));
  });
});

describe('bounds', () => {
  it('keeps datagrams without a table within the limit', async () => {
    const session = await signed(someBytes(64_000));
    const r = observe({ limits: { maxWaitingBytes: 5000 } }, session);
    await r.feed(...(await session.source()).slice(0, 100));
    expect(r.receiver.counters['waiting-full']).toBeGreaterThan(70);
  });

  it('refuses objects and tables above the limits', async () => {
    const session = await signed(someBytes(6400));
    const r = observe({ limits: { maxObjectBytes: 6399 } }, session);
    await r.feed(await session.fdt());
    expect(r.receiver.counters['too-large']).toBe(1);
    const q = observe({ limits: { maxFdtBytes: 100 } }, session);
    await q.feed(await session.fdt());
    expect(q.receiver.counters['bad-table']).toBe(1);
    // the first datagram is enough to tell
    const long = await signed(someBytes(640), { fdtSymbolSize: 64 });
    await q.feed(await long.fdt());
    expect(q.receiver.counters['bad-table']).toBe(2);
  });

  it('drops unsigned objects before signed ones when there are too many', async () => {
    const session = await signed(someBytes(640));
    const more = await signed(someBytes(640, 4), { toi: 8 });
    const r = observe({ allowUnsigned: true, limits: { maxObjects: 3 } }, session, more);
    await r.feed(await session.fdt());
    for (let toi = 10; toi < 20; toi++)
      await r.feed(await (await unsigned(someBytes(64, toi), { toi })).fdt());
    expect(r.receiver.objects().length).toBe(3);
    await r.feed(await more.fdt(), ...(await more.source()), ...(await session.source()));
    expect(r.verified.length).toBe(2);
  });

  it('makes room in the store for signed objects', async () => {
    const session = await signed(someBytes(1000));
    const r = observe({ allowUnsigned: true, limits: { maxStoredBytes: 4000 } }, session);
    const foreign = await unsigned(someBytes(2000), { toi: 3 });
    await r.feed(await foreign.fdt(), ...(await foreign.source()).slice(1));
    await r.feed(await session.fdt(), ...(await session.source()));
    expect(r.verified.length).toBe(1);
    expect(r.receiver.objects().length).toBe(1);
  });

  it('refuses datagrams that come faster than they are worked on', async () => {
    const receiver = createReceiver({
      crypto: asynchronousCrypto(),
      fecSchemes: schemes,
      trust: [publisher],
      limits: { maxQueuedBytes: 10_000 },
    });
    const session = await signed(someBytes(64_000));
    for (const datagram of [await session.fdt(), ...(await session.source())]) receiver.push(datagram);
    expect(receiver.counters['too-many']).toBeGreaterThan(500);
    await receiver.idle();
  });

  it('stays within its limits in a flood of sessions, objects, tables and symbols', async () => {
    const limits = {
      maxSessions: 4,
      maxObjects: 4,
      maxTables: 4,
      maxWaitingBytes: 50_000,
      maxStoredBytes: 100_000,
    };
    const store = createMemoryStore();
    let stored = 0;
    let mostStored = 0;
    const held = new Map<string, number>();
    const counting: DatagramStore = {
      ...store,
      append(object, datagram, group) {
        held.set(object, (held.get(object) ?? 0) + datagram.length);
        stored += datagram.length;
        mostStored = Math.max(mostStored, stored);
        return store.append(object, datagram, group);
      },
      drop(object) {
        stored -= held.get(object) ?? 0;
        held.delete(object);
        return store.drop(object);
      },
    };
    const session = await signed(someBytes(3200));
    const r = observe({ allowUnsigned: true, limits, store: counting }, session);
    await r.feed(await session.fdt());
    for (let i = 0; i < 60; i++) {
      const more = { tsi: 100 + (i % 20), toi: 1 + i, sequence: i, symbolSize: 512 };
      const flood = await unsigned(someBytes(200_000, i), more);
      const partial = await unsigned(someBytes(100), { ...more, toi: 2000 + i, fdtSymbolSize: 64 });
      await r.feed(await flood.fdt(), await partial.fdt(3), ...(await flood.symbols(0, 0, 60)));
    }
    await r.feed(...(await session.source()));
    expect(r.verified.length).toBe(1);
    expect(r.receiver.objects().length).toBeLessThanOrEqual(4);
    expect(mostStored).toBeLessThanOrEqual(100_000);
    expect(r.receiver.counters['waiting-full']).toBeGreaterThan(100);
  });

  it('reports what the store throws, and only that', async () => {
    const session = await signed(someBytes(640));
    const full = {
      ...createMemoryStore(),
      append: () => {
        throw new Error('The disk is full.');
      },
    };
    const r = observe({ store: full }, session);
    await expect(r.feed(await session.fdt(), ...(await session.source()))).rejects.toThrow(
      'The disk is full.',
    );
  });

  it('throws nothing, whatever is pushed', async () => {
    const session = await signed(someBytes(640), { blocks: 2, fdtSymbolSize: 64, depth: 1 });
    const foreign = await unsigned(someBytes(640), { fec: 'no-code', ftiOnSymbols: true, toi: 6 });
    const genuine = [
      ...(await Promise.all(Array.from({ length: 20 }, (_, i) => session.fdt(i)))),
      ...(await session.source()),
      await foreign.fdt(),
      ...(await foreign.source()),
    ];
    const change = fc.record({
      from: fc.nat(genuine.length - 1),
      flips: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
      length: fc.option(fc.nat(400)),
    });
    const datagram = fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
      {
        weight: 6,
        arbitrary: change.map(({ from, flips, length }) => {
          const copy = genuine[from]!.slice(0, length ?? undefined);
          for (const [at, value] of flips) if (at < copy.length) copy[at] = value;
          return copy;
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(datagram, { maxLength: 60 }), async (datagrams) => {
        const r = observe({ allowUnsigned: true }, session);
        await r.feed(...datagrams);
        expect(r.receiver.counters.datagrams).toBe(datagrams.length);
        await r.feed(...genuine.slice(0, 33));
        expect(r.verified.length).toBe(1);
        await r.receiver.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('portability', () => {
  it('uses nothing that only Node has', () => {
    const files = new Set<string>();
    const visit = (url: URL) => {
      if (files.has(url.href)) return;
      files.add(url.href);
      const text = readFileSync(url, 'utf8');
      expect(text, url.pathname).not.toMatch(/\bBuffer\.|\bprocess\.|from 'node:|import\('node:/);
      for (const [, path] of text.matchAll(/(?:from|import) '(\.{1,2}\/[^']+)\.js'/g)) {
        visit(new URL(`${path}.ts`, url));
      }
    };
    visit(new URL('../index.ts', import.meta.url));
    expect(files.size).toBeGreaterThan(60);
    const engine = readdirSync(fileURLToPath(new URL('.', import.meta.url)), {
      recursive: true,
      encoding: 'utf8',
    });
    for (const file of engine.filter((name) => /(?<!\.test)\.ts$/.test(name))) {
      visit(new URL(file, import.meta.url));
    }
  });

  it('goes on when timers are held back, as those of a hidden page are', async () => {
    const object = someBytes(6400);
    const session = await signed(object);
    const forged = await session.datagram(0, 101, someBytes(64), new Uint8Array(32).fill(9));
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const r = observe({ verify: 'lazy' }, session);
    await r.feed(await session.fdt(), forged, ...(await session.symbols(0, 1, 101)));
    expect(r.receiver.counters.forged).toBe(1);
    expect(r.verified.length).toBe(1);
  });

  it('checks signatures together where the crypto does: what is forged goes, and what is genuine is of use', async () => {
    const session = await signed(someBytes(64 * 100));
    const crypto = { ...nobleCrypto, ed25519VerifyBatch: verifySignatures };
    for (const verify of ['lazy', 'eager'] as const) {
      const r = observe({ crypto, verify }, session);
      const symbols = await session.symbols(0, 0, 110);
      for (const each of [3, 70]) symbols[each]![symbols[each]!.length - 1]! ^= 1;
      await r.feed(await session.fdt(), ...symbols);
      expect(r.receiver.counters.forged).toBe(2);
      expect(r.verified.length).toBe(1);
    }
  });

  it('works with the crypto of plain JavaScript', async () => {
    const session = await signed(someBytes(256));
    const r = observe({ crypto: nobleCrypto }, session);
    await r.feed(await session.fdt(), ...(await session.source()));
    expect(r.verified.length).toBe(1);
  });
});
