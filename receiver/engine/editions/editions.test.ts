import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { utf8Encode } from '../../../codecs/bytes.js';
import { encodeIndex } from '../../../codecs/edition/index.js';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { compress } from '../../../codecs/zstd/index.js';
import {
  bytesOf,
  type TestEdition,
  type TestEditionOptions,
  type TestPublisher,
  testEdition,
  testPublisher,
  testReceiver,
  testSession,
} from '../../testing.js';
import type { ReceiverOptions } from '../interface.js';
import { createMemoryStore } from '../ports/memory-store.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
});

/** Bytes that do not repeat. */
function someBytes(length: number, salt: number): Uint8Array {
  const digests = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    nodeCrypto.sha256(Uint8Array.of(i, i >> 8, salt, salt >> 8)),
  );
  return new Uint8Array(Buffer.concat(digests).subarray(0, length));
}

const edition = (parts: readonly Uint8Array[], more: Partial<TestEditionOptions> = {}) =>
  testEdition({ crypto: nodeCrypto, schemes, publisher, parts, ...more });
const receive = (options: Partial<ReceiverOptions> = {}) =>
  testReceiver({ crypto: nodeCrypto, fecSchemes: schemes, trust: [publisher], ...options });

/** What was handed out, as text. */
async function contents({ complete }: ReturnType<typeof receive>): Promise<string[]> {
  const all = await Promise.all(complete.map(({ content }) => bytesOf(content)));
  return all.map((bytes) => Buffer.from(bytes).toString('hex')).sort();
}
const texts = (parts: readonly Uint8Array[]) => parts.map((part) => Buffer.from(part).toString('hex')).sort();
const states = ({ receiver }: ReturnType<typeof receive>) =>
  receiver.editions().map(({ edition, parts }) => [edition.name, ...parts.map(({ state }) => state)]);

describe.each(['lazy', 'eager'] as const)('an edition, %s', (verify) => {
  const parts = [1000, 3000, 200].map((length, i) => someBytes(length, i));

  it('is told with its index, and its parts one by one', async () => {
    const sent = await edition(parts, { blocks: 2 });
    const r = receive({ verify });
    await r.feed(await sent.announce());
    expect(r.editions.length).toBe(1);
    const { edition: told, index, object } = r.editions[0]!;
    expect(told).toMatchObject({ name: 'news', sequence: 5, sha256: sent.index.part.sha256 });
    expect(told.signature).toContain('trusted comment: datacast sequence:5 name:news');
    expect(index.parts).toEqual(sent.parts.map(({ part }) => part));
    expect(Buffer.from(nodeCrypto.sha256(object)).toString('hex')).toBe(told.sha256);
    expect(states(r)).toEqual([['news', 'missing', 'missing', 'missing']]);
    await r.feed([
      ...(await sent.send(1)),
      await sent.parts[0]!.fdt(),
      ...(await sent.parts[0]!.symbols(0, 0, 3)),
    ]);
    expect(states(r)).toEqual([['news', 'receiving', 'complete', 'missing']]);
    expect(r.receiver.editions()[0]!.parts[0]).toMatchObject({ received: 3, sourceSymbols: 16 });
    await r.feed(await sent.send());
    expect(states(r)).toEqual([['news', 'complete', 'complete', 'complete']]);
    expect(await contents(r)).toEqual(texts(parts));
    expect(r.receiver.objects().map(({ object: { kind }, part }) => [kind, part?.label])).toEqual([
      ['index', undefined],
      ...[1, 0, 2].map((place) => ['part', sent.parts[place]!.part.label]),
    ]);
    // all of it once more
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(r.editions.length).toBe(1);
    expect(r.complete.length).toBe(3);
    expect(r.rejected).toEqual([]);
  });

  it('arrives whatever comes first', async () => {
    const sent = await edition(parts);
    const datagrams = [...(await sent.announce()), ...(await sent.send())];
    const property = fc.asyncProperty(
      fc.shuffledSubarray(datagrams, { minLength: datagrams.length }),
      async (order) => {
        const r = receive({ verify });
        await r.feed(order);
        expect(await contents(r)).toEqual(texts(parts));
        expect(r.rejected).toEqual([]);
      },
    );
    await fc.assert(property, { numRuns: 30, seed: 1 });
  });

  it('has its parts handed out when the index comes last, and keeps no more of them than enough', async () => {
    const sent = await edition(parts, { symbolSize: 20 });
    const [, large] = sent.parts;
    const r = receive({ verify });
    await r.feed([...(await sent.send()), ...(await large!.symbols(0, 150, 400))]);
    expect(r.complete).toEqual([]);
    const held = r.receiver.objects().map(({ blocks }) => blocks[0]!.received);
    const enough = 150 + 32 + 19;
    // as long as nobody has checked them, some may be forged
    if (verify === 'eager') expect(held[1]).toBe(enough);
    else expect(held[1]).toBeLessThan(2 * enough);
    await r.feed(await sent.announce());
    expect(r.editions.length).toBe(1);
    expect(await contents(r)).toEqual(texts(parts));
  });

  it('arrives among forgeries of its parts', async () => {
    const sent = await edition(parts);
    const seed = new Uint8Array(32).fill(0x66);
    const r = receive({ verify });
    for (const part of sent.parts) {
      const forged = Array.from({ length: 60 }, (_, i) =>
        part.datagram(0, 2 + 3 * i, someBytes(64, i), seed),
      );
      const [table, ...symbols] = [
        await part.fdt(),
        ...(await part.symbols(0, 0, 3 + part.blocks[0]!.sourceSymbols)),
      ];
      const bad = await Promise.all(forged);
      await r.feed([
        table!,
        bad[40]!,
        symbols[0]!,
        ...bad.flatMap((each, i) => [each, ...symbols.slice(1 + i, 2 + i)]),
      ]);
    }
    await r.feed(await sent.announce());
    await r.feed(await sent.send());
    expect(await contents(r)).toEqual(texts(parts));
    expect(r.receiver.counters.forged).toBeGreaterThan(80);
    expect(new Set(r.rejected)).toEqual(new Set(['forged']));
  });

  it('costs only the part that changed', async () => {
    const old = await edition(parts);
    const changed = parts.with(1, someBytes(3000, 77));
    const next = await edition(changed, { sequence: 6 });
    const r = receive({ verify });
    await r.feed(await old.announce());
    const [front, large, last] = old.parts;
    await r.feed([await front!.fdt(), ...(await front!.symbols(0, 0, 10))]);
    await r.feed([await large!.fdt(), ...(await large!.symbols(0, 0, 10))]);
    await r.feed(await old.send(2));
    const kept = r.receiver.counters.kept;
    await r.feed(await next.announce());
    expect(states(r)).toEqual([['news', 'receiving', 'missing', 'complete']]);
    expect(r.receiver.objects().length).toBe(3);
    await r.feed([...(await next.send(1)), ...(await front!.source()).slice(10), ...(await last!.source())]);
    expect(states(r)).toEqual([['news', 'complete', 'complete', 'complete']]);
    const symbols = next.index.blocks[0]!.sourceSymbols + next.parts[1]!.blocks[0]!.sourceSymbols;
    expect(r.receiver.counters.kept - kept).toBe(symbols + front!.blocks[0]!.sourceSymbols - 10);
    // what is of the old one alone goes
    await r.feed(await old.announce());
    expect(r.rejected).toEqual(['old-edition']);
    await r.feed(await old.send(1));
    expect(r.complete.length).toBe(3);
  });

  it('shares parts with other bundles, and both are told', async () => {
    const [one, two] = [await edition(parts), await edition(parts.toReversed(), { name: 'sport', tsi: 8 })];
    const r = receive({ verify });
    await r.feed([
      ...(await one.announce()),
      ...(await two.announce()),
      ...(await one.send(0, 1)),
      ...(await two.send(0)),
    ]);
    expect(await contents(r)).toEqual(texts(parts));
    expect(states(r)).toEqual([
      ['news', 'complete', 'complete', 'complete'],
      ['sport', 'complete', 'complete', 'complete'],
    ]);
    expect(r.receiver.counters.surplus + r.receiver.counters.duplicates).toBe(0);
    // one of them lets a part go, the other still has it
    await r.feed(await (await edition(parts.slice(1), { sequence: 6 })).announce());
    expect(states(r).map((each) => each.length)).toEqual([4, 3]);
    expect(r.receiver.objects().filter(({ object }) => object.kind === 'part').length).toBe(3);
  });
});

describe('editions that an application has', () => {
  const parts = [1000, 2000].map((length, i) => someBytes(length, i));

  it('are not told again, and their parts are received at once', async () => {
    const sent = await edition(parts);
    const first = receive();
    await first.feed(await sent.announce());
    const editions = first.editions.map(({ edition: told, index }) => ({ edition: told, index }));
    const isHeld = ({ sha256 }: { sha256: string }) => sha256 === sent.parts[0]!.part.sha256;
    const r = receive({ editions, isHeld });
    await r.feed([...(await sent.send()), ...(await sent.announce())]);
    expect(r.editions).toEqual([]);
    expect(await contents(r)).toEqual(texts(parts.slice(1)));
    expect(states(r)).toEqual([['news', 'held', 'complete']]);
    const older = await edition(parts, { sequence: 4 });
    await r.feed(await older.announce());
    expect(r.rejected).toEqual(['old-edition']);
    expect(r.receiver.seen().sequences).toMatchObject([{ name: 'news', sequence: 5 }]);
  });

  it('another edition of the same number is refused with a sentence', async () => {
    const r = receive();
    const details: string[] = [];
    r.receiver.on('rejected', ({ detail }) => details.push(detail));
    await r.feed(await (await edition(parts)).announce());
    await r.feed(await (await edition(parts.slice(1))).announce());
    expect(r.editions.length).toBe(1);
    expect(details).toEqual([
      'Another edition 5 of news was received: the publisher has to give this one a higher sequence number.',
    ]);
  });
});

describe('an index that is of no use', () => {
  const parts = [someBytes(500, 1)];
  const refuse = async (more: Partial<TestEditionOptions>, limits: ReceiverOptions['limits'] = {}) => {
    const sent = await edition(parts, { symbolSize: 1024, ...more });
    const r = receive({ limits });
    const details: string[] = [];
    r.receiver.on('rejected', ({ detail }) => details.push(detail));
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(r.editions).toEqual([]);
    expect(r.complete).toEqual([]);
    expect(r.receiver.seen().sequences).toEqual([]);
    // it is not received again, and a good one is
    await r.feed(await sent.announce());
    expect(r.rejected.length).toBe(1);
    const good = await edition(parts, { sequence: 6 });
    await r.feed([...(await good.announce()), ...(await good.send())]);
    expect(await contents(r)).toEqual(texts(parts));
    return [r.rejected[0], details[0]];
  };
  const zstd = async (text: string) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of compress([utf8Encode(text)], { level: 3 })) pieces.push(piece);
    return new Uint8Array(Buffer.concat(pieces));
  };
  const json = (list: unknown[]) =>
    zstd(JSON.stringify({ format: 'datacast edition', version: 1, name: 'news', sequence: 5, parts: list }));
  const part = { sha256: 'ab'.repeat(32), bytes: 1, unpacked: 1, files: 1, label: 'a', class: 'text' };

  it('is refused: a digest twice, sizes that lie, no index at all, of another edition', async () => {
    expect(await refuse({ indexObject: await json([part, part]) })).toEqual([
      'bad-index',
      expect.stringContaining(`It lists the part ${part.sha256} twice.`),
    ]);
    for (const bytes of [0, -1, 2 ** 60, '1']) {
      expect(await refuse({ indexObject: await json([{ ...part, bytes }]) })).toEqual([
        'bad-index',
        expect.any(String),
      ]);
    }
    const other = await encodeIndex({ name: 'sport', sequence: 5, parts: [] });
    for (const indexObject of [someBytes(100, 3), await zstd('[]'), await zstd('{'), other]) {
      expect(await refuse({ indexObject })).toEqual(['bad-index', expect.any(String)]);
    }
  });

  it('is refused within bounds: a million parts, a bomb, one that is too long as it is sent', async () => {
    const million = await json(Array.from({ length: 1_000_000 }, () => 0));
    expect(await refuse({ indexObject: million })).toEqual([
      'bad-index',
      expect.stringContaining('lists 1000000 parts; 10000 are allowed'),
    ]);
    const bomb = await zstd(' '.repeat(20_000_000));
    expect(await refuse({ indexObject: bomb })).toEqual(['bad-index', expect.any(String)]);
    const long = someBytes(20_000, 5);
    expect(await refuse({ indexObject: long }, { maxIndexBytes: 10_000 })).toEqual([
      'too-large',
      expect.any(String),
    ]);
  });
});

describe('parts that are of no use', () => {
  it('are refused when they are not as long as the index says, whichever comes first', async () => {
    const parts = [someBytes(500, 1), someBytes(500, 2)];
    const lying = await edition(parts, {
      alterIndex: (index) => ({
        ...index,
        parts: index.parts.map((each, i) => ({ ...each, bytes: each.bytes + i })),
      }),
    });
    for (const indexFirst of [true, false]) {
      const r = receive();
      const both = [await lying.announce(), await lying.send()];
      for (const datagrams of indexFirst ? both : both.reverse()) await r.feed(datagrams);
      expect(r.rejected).toEqual(['bad-part']);
      expect(await contents(r)).toEqual(texts(parts.slice(0, 1)));
      expect(states(r)).toEqual([['news', 'complete', 'missing']]);
    }
  });

  it('are not received when they unpack to more than is allowed, which is said once', async () => {
    const parts = [500, 700, 300].map((length, i) => someBytes(length, i));
    const sent = await edition(parts);
    const details: string[] = [];
    for (const indexFirst of [true, false]) {
      const r = receive({ limits: { maxUnpackedBytes: 1000 } });
      r.receiver.on('rejected', ({ detail }) => details.push(detail));
      const both = [await sent.announce(), await sent.send()];
      for (const datagrams of indexFirst ? both : both.reverse()) await r.feed(datagrams);
      await r.feed(await sent.send());
      expect(r.rejected).toEqual(['too-large']);
      expect(details.at(-1)).toContain('1 of 3 parts of edition 5 of news are not received');
      expect(await contents(r)).toEqual(texts([parts[0]!, parts[2]!]));
      expect(states(r)).toEqual([['news', 'complete', 'refused', 'complete']]);
    }
  });

  it('are not what their digest says: refused', async () => {
    const sent = await edition([someBytes(500, 1)], {
      alterFile: (file) => (file.signature ? file : { ...file, sha256: new Uint8Array(32).fill(0xab) }),
      alterIndex: (index) => ({
        ...index,
        parts: index.parts.map((each) => ({ ...each, sha256: 'ab'.repeat(32) })),
      }),
    });
    const r = receive();
    const session = await testSession({
      ...{ crypto: nodeCrypto, schemes, publisher, object: someBytes(500, 1), toi: 3000 },
      sha256: new Uint8Array(32).fill(0xab),
    });
    await r.feed([...(await sent.announce()), await session.fdt(), ...(await session.source())]);
    expect(r.complete).toEqual([]);
    expect(r.rejected).toEqual(['bad-digest']);
    expect(states(r)).toEqual([['news', 'refused']]);
  });
});

describe('a TOI that means several objects', () => {
  it.each(['lazy', 'eager'] as const)('both arrive, whatever comes first, %s', async (verify) => {
    const objects = [someBytes(640, 1), someBytes(1000, 2), someBytes(3000, 3)];
    const sessions = await Promise.all(
      objects.map((object) => testSession({ crypto: nodeCrypto, schemes, publisher, object, toi: 9 })),
    );
    const index = await edition(objects);
    const tables = [...(await index.announce()), ...(await Promise.all(sessions.map((each) => each.fdt())))];
    const symbols = (await Promise.all(sessions.map((each) => each.source()))).flat();
    const orders = fc.tuple(
      fc.shuffledSubarray(tables, { minLength: tables.length }),
      fc.shuffledSubarray(symbols, { minLength: symbols.length }),
      fc.nat(tables.length),
    );
    const property = fc.asyncProperty(orders, async ([first, then, early]) => {
      const r = receive({ verify });
      await r.feed([...first.slice(0, early), ...then, ...first.slice(early), ...then]);
      expect(await contents(r)).toEqual(texts(objects));
    });
    await fc.assert(property, { numRuns: 20, seed: 1 });
  });

  it('two editions of one number under one TOI arrive, and two layouts of one object do no harm', async () => {
    const [one, two] = [
      await edition([someBytes(99, 1)]),
      await edition([someBytes(99, 2)], { name: 'sport' }),
    ];
    const r = receive();
    const tables = [await one.index.fdt(), await two.index.fdt()];
    await r.feed([...tables, ...(await one.index.source()), ...(await two.index.source())]);
    expect(r.editions.map(({ edition: { name } }) => name)).toEqual(['news', 'sport']);

    const object = someBytes(4000, 3);
    const layouts = await Promise.all(
      [64, 80].map((symbolSize) =>
        testSession({ crypto: nodeCrypto, schemes, publisher, object, toi: 9, symbolSize }),
      ),
    );
    const q = receive();
    await q.feed(await (await edition([object])).announce());
    await q.feed([
      await layouts[0]!.fdt(),
      ...(await layouts[0]!.symbols(0, 0, 20)),
      await layouts[1]!.fdt(),
    ]);
    await q.feed([
      ...(await layouts[1]!.source()),
      ...(await layouts[0]!.symbols(0, 20, 20)),
      await layouts[0]!.fdt(),
    ]);
    expect(await contents(q)).toEqual(texts([object]));
    expect(
      q.receiver
        .objects()
        .filter(({ object: { kind } }) => kind === 'part')
        .map(({ state }) => state),
    ).toContain('verified');
  });
});

it('what waits is checked once for each object, however often its table comes', async () => {
  const part = someBytes(640, 1);
  const [one, two] = await Promise.all(
    [64, 80].map((symbolSize) =>
      testSession({ crypto: nodeCrypto, schemes, publisher, object: part, toi: 9, symbolSize }),
    ),
  );
  const other = await testSession({
    crypto: nodeCrypto,
    schemes,
    publisher,
    object: someBytes(6400, 2),
    toi: 9,
  });
  let checks = 0;
  const crypto = {
    ...nodeCrypto,
    ed25519Verify: (...given: Parameters<typeof nodeCrypto.ed25519Verify>) => {
      checks++;
      return nodeCrypto.ed25519Verify(...given);
    },
  };
  const r = receive({ crypto });
  const waiting = await other.symbols(0, 0, 100);
  await r.feed([...waiting.slice(0, 60), await one!.fdt()]);
  expect(checks).toBeLessThan(60 + 5);
  // every edition makes tables count as new
  for (let sequence = 1; sequence < 5; sequence++) {
    await r.feed([
      ...(await (await edition([], { sequence })).announce()),
      await one!.fdt(),
      await two!.fdt(),
    ]);
  }
  expect(checks).toBeLessThan(2 * 60 + 60);
  await r.feed([...(await (await edition([someBytes(6400, 2)])).announce()), await other.fdt()]);
  expect(
    r.receiver.objects().find(({ object: { transferLength } }) => transferLength === 6400)!.blocks,
  ).toMatchObject([{ received: 60 }]);
});

describe('replayed tables', () => {
  const parts = [1000, 2000].map((length, i) => someBytes(length, i));

  it.each([
    ['parts of old editions', true],
    ['indices of other bundles', false],
  ] as const)('do not fill the table of objects: %s', async (_, isParts) => {
    const sent = await edition(parts);
    const r = receive({ limits: { maxObjects: 16 } });
    const replayed: Uint8Array[] = [];
    for (let i = 0; i < 40; i++) {
      const old = await edition([someBytes(300, 100 + i)], {
        name: isParts ? 'news' : `old ${i}`,
        sequence: 1,
      });
      replayed.push(await (isParts ? old.parts[0]! : old.index).fdt());
    }
    await r.feed([...replayed, ...replayed]);
    expect(r.receiver.objects().length).toBe(16);
    const [index, all] = [await sent.announce(), await sent.send()];
    for (const each of [...index, ...all]) await r.feed([each, ...replayed.slice(0, 3)]);
    await r.feed([...replayed, ...all]);
    expect(await contents(r)).toEqual(texts(parts));
    expect(r.receiver.objects().length).toBe(16);
  });

  it('a table is looked at again when one of its objects found no room', async () => {
    const sent = await edition(parts);
    const foreign = await edition(
      [1, 2, 3, 4].map((i) => someBytes(500, 50 + i)),
      { name: 'sport' },
    );
    const r = receive({ limits: { maxObjects: 4 } });
    await r.feed(await foreign.announce());
    for (const part of foreign.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 3))]);
    expect(r.rejected).toContain('left-out');
    const before = r.receiver.counters['left-out'];
    for (const part of foreign.parts) await r.feed([await part.fdt()]);
    expect(r.receiver.counters['left-out']).toBeGreaterThan(before);
    // the other bundle lets all of it go
    await r.feed(await (await edition([], { name: 'sport', sequence: 6 })).announce());
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect((await contents(r)).slice().sort()).toEqual(expect.arrayContaining(texts(parts)));
  });

  it('parts that matter more make those that matter less go', async () => {
    const large = [1, 2, 3].map((i) => someBytes(20_000, i));
    const sent = await edition(large, { symbolSize: 200 });
    const unlisted = await edition([someBytes(20_000, 9)], { symbolSize: 200, name: 'sport' });
    const store = createMemoryStore({ maxBytes: 60_000 });
    const r = receive({ store });
    await r.feed([...(await sent.announce()), ...(await unlisted.send()).slice(0, 60)]);
    const some = async (place: number) => [
      await sent.parts[place]!.fdt(),
      ...(await sent.parts[place]!.symbols(0, 0, 90)),
    ];
    await r.feed(await some(2));
    await r.feed(await some(1));
    expect(states(r)).toEqual([['news', 'missing', 'receiving', 'receiving']]);
    expect(r.receiver.objects().length).toBe(3);
    await r.feed(await some(0));
    expect(states(r)).toEqual([['news', 'receiving', 'receiving', 'missing']]);
    await r.feed(await sent.send(0));
    expect(await contents(r)).toEqual(texts(large.slice(0, 1)));
  });
});

describe('a restart', () => {
  it('at any moment loses nothing that was stored', async () => {
    const parts = [400, 900, 1500].map((length, i) => someBytes(length, i));
    const old = await edition(parts.with(1, someBytes(900, 60)), { sequence: 4 });
    const sent = await edition(parts);
    const interleaved = async (...editions: TestEdition[]) => {
      const lists: Uint8Array[][] = [];
      for (const each of editions) {
        lists.push(await each.announce());
        for (const place of each.parts.keys()) lists.push(await each.send(place));
      }
      const longest = Math.max(...lists.map(({ length }) => length));
      return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
    };
    // tables come again, since one that no symbol has followed is not stored
    const tables = await Promise.all([sent.index, ...sent.parts].map((each) => each.fdt()));
    const datagrams = [...(await interleaved(old)).slice(0, 40), ...(await interleaved(sent)), ...tables];
    const moments = fc.uniqueArray(fc.nat(datagrams.length), { maxLength: 8 });
    const property = fc.asyncProperty(moments, fc.constantFrom('lazy', 'eager'), async (kills, verify) => {
      const store = createMemoryStore();
      const arrived = new Set<string>();
      let told = 0;
      let from = 0;
      for (const to of [...kills.sort((a, b) => a - b), datagrams.length]) {
        // whoever is killed is never closed
        const r = receive({ store, verify });
        await r.receiver.restore();
        await r.feed(datagrams.slice(from, to));
        for (const each of await contents(r)) arrived.add(each);
        told = Math.max(told, ...r.editions.map(({ edition: { sequence } }) => sequence));
        from = to;
      }
      expect(told).toBe(5);
      for (const each of texts(parts)) expect(arrived).toContain(each);
    });
    await fc.assert(property, { numRuns: 40, seed: 7 });
  });

  it('keeps the tables of parts whose symbols came after the restart', async () => {
    const parts = [400, 900].map((length, i) => someBytes(length, i));
    const sent = await edition(parts);
    const store = createMemoryStore();
    const [one, two] = sent.parts;
    await receive({ store }).feed([await two!.fdt(), await one!.fdt(), ...(await one!.symbols(0, 0, 3))]);
    const second = receive({ store });
    await second.receiver.restore();
    expect(second.receiver.objects().length).toBe(1);
    await second.feed([await two!.fdt(), ...(await two!.symbols(0, 0, 4))]);
    const third = receive({ store });
    expect(await third.receiver.restore()).toBe(7);
    await third.feed([...(await sent.announce()), ...(await one!.source()), ...(await two!.source())]);
    expect(await contents(third)).toEqual(texts(parts));
    for (const { content } of third.complete) await content.release();
    // the index stays until there is a newer one, or the application has it
    expect(store.usage().objects).toBe(1);
    const editions = third.editions.map(({ edition: told, index }) => ({ edition: told, index }));
    const fourth = receive({ store });
    await fourth.receiver.restore();
    expect(fourth.editions.map(({ edition: told }) => told)).toEqual(
      editions.map(({ edition: told }) => told),
    );
    await receive({ store, editions }).receiver.restore();
    expect(store.usage()).toEqual({ bytes: 0, objects: 0 });
  });
});
