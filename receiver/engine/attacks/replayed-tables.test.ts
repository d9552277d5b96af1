import { beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../../codecs/bytes.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { TestSession, TestSessionOptions } from '../../testing.js';
import { bytesOf } from '../../testing.js';
import { type AttackTools, among, attackTools, contents, someBytes, texts } from '../../testing-attacks.js';
import type { ReceiverOptions } from '../interface.js';
import { createMemoryStore } from '../ports/memory-store.js';

let tools: AttackTools;
beforeAll(async () => {
  tools = await attackTools();
});

const PART = someBytes(3000, 1);

/** A table that names another object under the TOI of the part. */
const claims: [string, (part: TestSession) => Promise<TestSession>][] = [
  ['of the same part with another symbol size', () => tools.session(PART, { toi: 9, symbolSize: 80 })],
  ['of another bundle', () => tools.session(someBytes(2000, 2), { toi: 9 })],
  [
    'of an index of another bundle',
    () => tools.session(someBytes(500, 3), { toi: 9, kind: 'index', name: 'sport' }),
  ],
  [
    'of another trusted publisher',
    () =>
      tools.session(someBytes(2000, 4), {
        toi: 9,
        publisher: tools.other,
        uplinkSeed: new Uint8Array(32).fill(5),
      }),
  ],
];

describe.each(claims)('a replayed table %s takes no TOI away', (_, makeClaim) => {
  /** Each genuine datagram comes once, its table in the middle: what is lost is lost. */
  async function datagrams(withSymbols: boolean) {
    const part = await tools.session(PART, { toi: 9 });
    const claim = await makeClaim(part);
    const replayed = [await claim.fdt(), ...(withSymbols ? await claim.symbols(0, 0, 3) : [])];
    const source = await part.source();
    const index = await (await tools.edition([PART])).announce();
    return [
      ...index,
      ...replayed,
      ...among(source.slice(0, 20), replayed, 1),
      await part.fdt(),
      ...among(source.slice(20), replayed, 1),
    ];
  }
  const trust = () => [tools.publisher, tools.other];

  it.each([
    ['auto', false],
    ['auto', true],
    ['eager', true],
    ['lazy', false],
  ] as const)('%s, with symbols %s', async (verify, withSymbols) => {
    const r = tools.receive({ verify, trust: trust() });
    await r.feed(await datagrams(withSymbols));
    expect(await contents(r)).toEqual(texts([PART]));
  });

  it('nor when it is in the store, whenever the receiver is killed', async () => {
    const all = await datagrams(true);
    for (let kill = 1; kill < all.length; kill += 7) {
      const store = createMemoryStore();
      // the first receiver is never closed
      await tools.receive({ store, verify: 'auto', trust: trust() }).feed(all.slice(0, kill));
      const next = tools.receive({ store, verify: 'auto', trust: trust() });
      await next.receiver.restore();
      await next.feed(all.slice(kill));
      if (next.complete.length === 0) {
        // a table that no symbol has followed is not stored
        const part = await tools.session(PART, { toi: 9 });
        await next.feed([await part.fdt(), ...(await (await tools.edition([PART])).announce())]);
      }
      expect(await contents(next), `killed after ${kill}`).toEqual(texts([PART]));
    }
  });
});

/** Editions of bundles that a publisher had once. */
async function oldEditions(count: number, parts = 1) {
  const editions: Awaited<ReturnType<AttackTools['edition']>>[] = [];
  for (let i = 0; i < count; i++) {
    const objects = Array.from({ length: parts }, (_, k) => someBytes(300, 1000 + parts * i + k));
    editions.push(await tools.edition(objects, { name: `old ${i}`, sequence: 1 }));
  }
  return editions;
}

describe('replays of other bundles fill nothing for ever', () => {
  const parts = [1000, 2000].map((length, i) => someBytes(length, i));

  it.each([
    ['tables of indices', 0],
    ['tables of indices and a symbol each', 1],
  ])('%s', async (_, symbols) => {
    const sent = await tools.edition(parts);
    const replayed: Uint8Array[] = [];
    for (const { index } of await oldEditions(100)) {
      replayed.push(await index.fdt(), ...(await index.symbols(0, 0, symbols)));
    }
    const store = createMemoryStore();
    const limits = { maxObjects: 64 };
    const first = tools.receive({ limits, store });
    await first.feed(replayed);
    const r = tools.receive({ limits, store });
    await r.receiver.restore();
    await r.feed(replayed);
    expect(r.receiver.objects().length).toBe(64);
    await r.feed(among([...(await sent.announce()), ...(await sent.send())], replayed));
    expect(await contents(r)).toEqual(texts(parts));
    expect(r.receiver.objects().length).toBeLessThanOrEqual(64);
  });

  it('parts of old editions that have a symbol each make room when the replay has ended', async () => {
    const sent = await tools.edition(parts);
    const limits = { maxObjects: 64 };
    const r = tools.receive({ limits });
    for (const old of await oldEditions(8, 10)) {
      await r.feed(await old.announce());
      for (const part of old.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 1))]);
    }
    const noise = await sent.index.symbols(0, 0, 1);
    await r.feed(Array.from({ length: 10_001 }, () => noise[0]!));
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await contents(r)).toEqual(texts(parts));
  });

  it('an edition of which nothing new came among 10,000 datagrams leaves all of its room', async () => {
    const newer = Array.from({ length: 9 }, (_, i) => someBytes(600, i));
    const sent = await tools.edition(newer);
    const announced = [
      ...(await sent.announce()),
      ...(await Promise.all(sent.parts.map((part) => part.fdt()))),
    ];
    const r = tools.receive({ limits: { maxObjects: 12 } });
    const [old] = await oldEditions(1, 11);
    await r.feed(await old!.announce());
    for (const part of old!.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 1))]);
    await r.feed(announced);
    await r.feed(Array.from({ length: 10_001 }, () => Uint8Array.of(0)));
    // all parts are on their way at a time
    const symbols = await Promise.all(sent.parts.map((part) => part.source()));
    for (let i = 0; i < symbols[0]!.length; i++)
      await r.feed([...announced, ...symbols.map((each) => each[i]!)]);
    await r.feed(symbols.map(([first]) => first!));
    expect(await contents(r)).toEqual(texts(newer));
  });

  it('editions of many bundles cost an edition on its way nothing but its index once more', async () => {
    const sent = await tools.edition(parts);
    const [part, more] = [await sent.send(1), await sent.send(0)];
    const r = tools.receive({ limits: { maxEditions: 4 } });
    await r.feed([...(await sent.announce()), ...part.slice(0, 20)]);
    for (const old of await oldEditions(10)) await r.feed([...(await old.announce()), ...(await old.send())]);
    await r.feed([...(await sent.announce()), ...part.slice(20), ...more]);
    expect(await contents(r)).toEqual(expect.arrayContaining(texts(parts)));
    expect(r.receiver.editions().length).toBe(4);
  });

  it.each([{ maxEditions: 4 }, { maxObjects: 12 }, { maxStoredBytes: 20_000 }])(
    'editions in the store are taken up with room for fewer, and the receiver goes on: %j',
    async (limits) => {
      const sent = await tools.edition(parts);
      const store = createMemoryStore();
      const first = tools.receive({ store });
      for (const old of await oldEditions(80, 2)) {
        const [part, other] = [await old.send(0), await old.send(1)];
        await first.feed([...(await old.announce()), ...part, ...other.slice(1)]);
      }
      // the application takes what is complete while the rest is taken up
      const received: string[] = [];
      for (let start = 0; start < 3; start++) {
        const r = tools.receive({ store, limits });
        r.receiver.on('part', async ({ content }) => {
          received.push(...texts([await bytesOf(content)]));
          await content.release();
        });
        await r.receiver.restore();
        await r.feed([...(await sent.announce()), ...(await sent.send())]);
        await r.receiver.close();
      }
      // the others have room for what is there already, and for nothing else so soon
      if (limits.maxEditions !== undefined) {
        expect(received).toEqual(expect.arrayContaining(texts(parts)));
      }
    },
  );

  it('an edition that is being received stays known', async () => {
    const sent = await tools.edition(parts);
    const r = tools.receive({ limits: { maxEditions: 4 } });
    await r.feed(await sent.announce());
    const datagrams = await sent.send();
    for (const old of await oldEditions(20)) {
      await r.feed([...(await old.announce()), ...datagrams.splice(0, 3)]);
    }
    await r.feed(datagrams);
    expect(await contents(r)).toEqual(texts(parts));
  });
});

describe('replays of what an edition had before', () => {
  it('old editions, parts that no index lists any more and indices: each genuine datagram once is enough', async () => {
    const parts = [1000, 2000].map((length, i) => someBytes(length, i));
    const sent = await tools.edition(parts, { sequence: 9 });
    const replayed: Uint8Array[] = [];
    for (let sequence = 1; sequence < 9; sequence++) {
      const old = await tools.edition([someBytes(700, 50 + sequence), parts[0]!], { sequence });
      replayed.push(...(await old.announce()), ...(await old.send()));
    }
    for (const maxObjects of [8, 4096]) {
      const store = createMemoryStore({ maxBytes: 40_000 });
      const limits = { maxObjects };
      await tools.receive({ store, limits }).feed(replayed);
      const r = tools.receive({ store, limits });
      await r.receiver.restore();
      await r.feed(among([...(await sent.announce()), ...(await sent.send())], replayed));
      const received = await contents(r);
      expect(received).toEqual(expect.arrayContaining(texts(parts.slice(1))));
      expect(r.receiver.editions()[0]!.edition.sequence).toBe(9);
      expect(r.receiver.editions()[0]!.parts.map(({ state }) => state)).toEqual(['complete', 'complete']);
      expect(store.usage().bytes).toBeLessThanOrEqual(40_000);
    }
  });
});

describe('layouts of parts', () => {
  it('of one that is there displace none that is on its way', async () => {
    const [held, missing] = [1000, 2000].map((length, i) => someBytes(length, 70 + i));
    const sent = await tools.edition([held!, missing!]);
    const digest = toHex(nodeCrypto.sha256(held!));
    const layouts = await Promise.all(
      Array.from({ length: 30 }, (_, i) => tools.session(held!, { toi: 60 + i, symbolSize: 68 + 4 * i })),
    );
    const ahead = await tools.session(missing!, { toi: 50, symbolSize: 80 });
    const r = tools.receive({ limits: { maxObjects: 6 }, isHeld: ({ sha256 }) => sha256 === digest });
    await r.feed([...(await sent.announce()), await ahead.fdt(), ...(await ahead.symbols(0, 0, 3))]);
    await r.feed(await Promise.all(layouts.slice(0, 10).map((each) => each.fdt())));
    const source = [await sent.parts[1]!.fdt(), ...(await sent.parts[1]!.source())];
    await r.feed(among(source, await Promise.all(layouts.slice(10).map((each) => each.fdt())), 1));
    expect(await contents(r)).toEqual(texts([missing!]));
    expect(r.receiver.counters['left-out']).toBe(0);
  });
});

it('the layout of a part that is ahead stays where there is room for one', async () => {
  const sent = await tools.edition([PART]);
  const replayed = await tools.session(PART, { toi: 50, symbolSize: 80 });
  const r = tools.receive({ limits: { maxObjects: 2 } });
  const source = await sent.parts[0]!.source();
  await r.feed([...(await sent.announce()), await sent.parts[0]!.fdt(), ...source.slice(0, 20)]);
  await r.feed([await replayed.fdt(), ...source.slice(20)]);
  expect(await contents(r)).toEqual(texts([PART]));
});

describe('a table', () => {
  it('is put together from what one key has signed, whatever other tables have its number', async () => {
    const part = await tools.session(PART, { toi: 9, fdtSymbolSize: 64 });
    const foreign = await tools.session(PART, {
      ...{ toi: 9, fdtSymbolSize: 64, publisher: tools.other, uplinkSeed: new Uint8Array(32).fill(5) },
    });
    const r = tools.receive({ trust: [tools.publisher, tools.other] });
    await r.feed(await (await tools.edition([PART])).announce());
    for (let esi = 0; esi < 30; esi++) await r.feed([await foreign.fdt(esi + 2), await part.fdt(esi)]);
    await r.feed(await part.source());
    expect(await contents(r)).toEqual(texts([PART]));
  });
});

describe('a table of many symbols', () => {
  /** Displaces a table between two of its symbols, if others can. */
  async function completeAmong(
    limits: ReceiverOptions['limits'],
    others: readonly Partial<TestSessionOptions>[],
  ): Promise<void> {
    const part = await tools.session(PART, { toi: 9, fdtSymbolSize: 64 });
    const sessions = await Promise.all(
      others.map((more, i) =>
        tools.session(someBytes(300, 100 + i), { toi: 10 + i, fdtSymbolSize: 64, ...more }),
      ),
    );
    const first = await Promise.all(sessions.map((each) => each.fdt()));
    const r = tools.receive({
      trust: [tools.publisher, tools.other],
      allowUnsigned: true,
      ...(limits && { limits }),
    });
    await r.feed(await (await tools.edition([PART])).announce());
    for (let esi = 0; esi < 16; esi++) await r.feed([...first, await part.fdt(esi)]);
    await r.feed(await part.source());
    expect(await contents(r)).toEqual(texts([PART]));
  }

  it('is completed among replays of a hundred others', () =>
    completeAmong(
      undefined,
      Array.from({ length: 100 }, () => ({})),
    ));

  it('is displaced by none that nobody signed, and by none of another publisher', () =>
    completeAmong(
      { maxTables: 8 },
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0
          ? { publisher: undefined }
          : { publisher: tools.other, uplinkSeed: new Uint8Array(32).fill(5) },
      ),
    ));
});

describe('replays of bundles that are not sent any more, with room for few', () => {
  const parts = [1000, 2000].map((length, i) => someBytes(length, i));
  const names = (r: ReturnType<AttackTools['receive']>) =>
    r.receiver.editions().map(({ edition: { name } }) => name);

  it('their indices displace no edition that was signed later, nor one that is sent all the time', async () => {
    const later = await tools.edition([parts[0]!], { name: 'later', sequence: 9 });
    const always = await tools.edition([someBytes(6000, 9)], { name: 'always', sequence: 1 });
    const old = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        tools.edition([someBytes(300, 100 + i)], { name: `old ${i}`, sequence: 2 }),
      ),
    );
    const r = tools.receive({ limits: { maxEditions: 4 } });
    const [part] = always.parts;
    await r.feed([...(await later.announce()), await part!.fdt(), ...(await part!.symbols(0, 0, 1))]);
    await r.feed(await always.announce());
    for (let turn = 0; turn < 2; turn++) {
      for (const [i, each] of old.entries()) {
        await r.feed([...(await each.announce()), ...(await part!.symbols(0, 1 + i + 20 * turn, 1))]);
        expect(names(r)).toEqual(expect.arrayContaining(['later', 'always']));
      }
    }
    await r.feed(await part!.source());
    expect(await contents(r)).toEqual(texts([someBytes(6000, 9)]));
  });

  it('what is complete makes room first, and its index is not received again', async () => {
    const sent = await tools.edition(parts, { sequence: 1 });
    const r = tools.receive({ limits: { maxEditions: 2 } });
    await r.feed(await sent.announce());
    const old = await oldEditions(6);
    for (const each of old) await r.feed([...(await each.announce()), ...(await each.send())]);
    expect(names(r)).toContain('news');
    const { length } = r.editions;
    for (const each of old.slice(0, 4)) await r.feed([...(await each.announce()), ...(await each.send())]);
    expect(r.editions.length).toBe(length);
    await r.feed(await sent.send());
    expect(await contents(r)).toEqual(expect.arrayContaining(texts(parts)));
  });

  it('not after a restart either', async () => {
    const store = createMemoryStore();
    const sent = await tools.edition(parts, { sequence: 9 });
    const limits = { maxEditions: 2, maxObjects: 16 };
    const old = await oldEditions(12);
    const first = tools.receive({ store, limits });
    for (const each of old) await first.feed(await each.announce());
    const r = tools.receive({ store, limits });
    await r.receiver.restore();
    await r.feed(await sent.announce());
    for (const each of old) await r.feed(await each.announce());
    expect(names(r)).toContain('news');
    const indices = r.receiver
      .objects()
      .filter(({ object, state }) => object.kind === 'index' && state === 'verified');
    expect(indices.length).toBeLessThanOrEqual(2);
    await r.feed(await sent.send());
    expect(await contents(r)).toEqual(texts(parts));
  });

  it('tables of indices displace no index of which a symbol came', async () => {
    const sent = await tools.edition(
      Array.from({ length: 40 }, (_, i) => someBytes(100, i)),
      { sequence: 1 },
    );
    const symbols = await sent.index.source();
    expect(symbols.length).toBeGreaterThan(1);
    const r = tools.receive({ limits: { maxObjects: 64 } });
    await r.feed([await sent.index.fdt(), ...symbols.slice(0, -1)]);
    for (const { index } of await oldEditions(40)) await r.feed([await index.fdt()]);
    await r.feed(symbols.slice(-1));
    expect(names(r)).toEqual(['news']);
  });

  it('indices of older editions displace none of which less came', async () => {
    const edition = (sequence: number) =>
      tools.edition(
        Array.from({ length: 40 }, (_, i) => someBytes(100, 100 * sequence + i)),
        { sequence },
      );
    const sent = await edition(9);
    const [first, ...others] = await sent.index.source();
    const r = tools.receive({ limits: { maxObjects: 4 } });
    await r.feed([await sent.index.fdt(), first!]);
    for (let sequence = 1; sequence < 9; sequence++) {
      const { index } = await edition(sequence);
      await r.feed([await index.fdt(), ...(await index.source()).slice(1)]);
    }
    await r.feed(others);
    expect(r.receiver.editions().map((each) => each.edition.sequence)).toEqual([9]);
  });

  it('parts of which most came stay, though no index lists them yet', async () => {
    const sent = await tools.edition([someBytes(4000, 1)], { sequence: 9 });
    const [part] = sent.parts;
    const r = tools.receive({ limits: { maxObjects: 16 } });
    await r.feed([await part!.fdt(), ...(await part!.source())]);
    const old = await oldEditions(15);
    for (const { parts: begun } of old)
      await r.feed([await begun[0]!.fdt(), ...(await begun[0]!.symbols(0, 0, 1))]);
    for (const { index } of old) await r.feed([await index.fdt()]);
    await r.feed(await sent.announce());
    expect(await contents(r)).toEqual(texts([someBytes(4000, 1)]));
  });

  it('indices of very many parts make each other go', async () => {
    const r = tools.receive({ limits: { maxParts: 10 } });
    for (const old of await oldEditions(20, 10)) await r.feed(await old.announce());
    const listed = r.receiver.editions().reduce((sum, each) => sum + each.parts.length, 0);
    expect(listed).toBe(80);
  });
});
