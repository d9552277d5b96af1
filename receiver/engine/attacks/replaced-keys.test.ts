import { beforeAll, describe, expect, it } from 'vitest';
import type { TestSession } from '../../testing.js';
import { type AttackTools, attackTools, contents, someBytes, texts, VERIFY } from '../../testing-attacks.js';
import { createMemoryStore } from '../ports/memory-store.js';

let tools: AttackTools;
beforeAll(async () => {
  tools = await attackTools();
});

const PARTS = [someBytes(3000, 1), someBytes(2000, 2)];
const NEW = { generation: 2, uplinkSeed: new Uint8Array(32).fill(3) };

/** The edition as the stolen key and as its successor sends it. */
async function both(more: { blocks?: number } = {}) {
  return { old: await tools.edition(PARTS, more), sent: await tools.edition(PARTS, { ...more, ...NEW }) };
}

/** Symbols that the holder of the stolen key has made up. */
const poison = (session: TestSession, sbn: number, from: number, count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => session.datagram(sbn, from + i, someBytes(64, 500 + from + i))),
  );

describe.each(VERIFY)('a stolen uplink key, once its successor is heard, %s', (verify) => {
  it('has no edition rejected', async () => {
    const { old, sent } = await both();
    const r = tools.receive({ verify });
    await r.feed(await old.announce());
    for (const part of old.parts) {
      const source = await part.source();
      await r.feed([await part.fdt(), ...(await poison(part, 0, 2, 1)), ...source]);
    }
    expect(r.rejected).toContain('bad-digest');
    expect(await contents(r)).toEqual([]);
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await contents(r)).toEqual(texts(PARTS));
  });

  it('nor has its index rejected', async () => {
    const { old, sent } = await both();
    const r = tools.receive({ verify });
    await r.feed([
      await old.index.fdt(),
      ...(await poison(old.index, 0, 0, 1)),
      ...(await old.index.source()),
    ]);
    expect(r.rejected).toContain('bad-digest');
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await contents(r)).toEqual(texts(PARTS));
  });

  it.each([false, true])('costs no genuine datagram after it, with a restart: %s', async (restarts) => {
    const { old, sent } = await both({ blocks: 2 });
    const store = createMemoryStore();
    let r = tools.receive({ verify, store });
    await r.feed(await old.announce());
    // what he had made up is all that a block may have
    for (const part of old.parts) {
      await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 1)), ...(await poison(part, 0, 5, 90))]);
    }
    if (restarts) {
      const seen = r.receiver.seen();
      r = tools.receive({ verify, store, seen });
      await r.receiver.restore();
    }
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await contents(r)).toEqual(texts(PARTS));
  });

  it('fills no TOI for ever', async () => {
    const { old, sent } = await both();
    const r = tools.receive({ verify, limits: { maxObjects: 40 } });
    await r.feed(await old.announce());
    for (let i = 0; i < 40; i++) {
      const invented = await tools.session(PARTS[0]!, { toi: old.tois[0]!, symbolSize: 64 + 4 * (i + 1) });
      await r.feed([await invented.fdt(), ...(await invented.symbols(0, 0, 1))]);
    }
    await r.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await contents(r)).toEqual(texts(PARTS));
  });
});

it('what the key before has signed is of use as long as the SHA-256 fits', async () => {
  const { old, sent } = await both();
  for (const verify of ['auto', 'lazy'] as const) {
    const r = tools.receive({ verify });
    await r.feed(await old.announce());
    for (const part of old.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 25))]);
    const tables = await Promise.all(sent.parts.map((part) => part.fdt()));
    await r.feed([...(await sent.announce()), ...tables]);
    for (const part of sent.parts) await r.feed((await part.source()).slice(25));
    expect(await contents(r)).toEqual(texts(PARTS));
  }
});

it('tables of other uplinks are read again: what comes by them can be taken up after a restart', async () => {
  const { old, sent } = await both();
  const second = await tools.edition(PARTS, { tsi: 2, uplinkSeed: new Uint8Array(32).fill(4) });
  const tables = [second.index, ...second.parts].map((each) => each.fdt());
  const store = createMemoryStore();
  const first = tools.receive({ store });
  await first.feed([...(await old.announce()), ...(await Promise.all(tables))]);
  await first.feed([await sent.index.fdt(), ...(await Promise.all(tables))]);
  for (const part of second.parts) await first.feed(await part.symbols(0, 0, 25));
  const r = tools.receive({ store, seen: first.receiver.seen() });
  await r.receiver.restore();
  await r.feed(await second.announce());
  for (const part of second.parts) await r.feed((await part.source()).slice(25));
  expect(await contents(r)).toEqual(texts(PARTS));
});

it('parts that the key before has announced make room for those of its successor', async () => {
  const { sent } = await both();
  const r = tools.receive({ limits: { maxObjects: 12 } });
  for (let i = 0; i < 12; i++) {
    const invented = await tools.session(someBytes(300, 100 + i), { toi: 100 + i });
    await r.feed([await invented.fdt(), ...(await invented.symbols(0, 0, 1))]);
  }
  // each genuine datagram once, the index at the end
  await r.feed([await sent.index.fdt(), ...(await sent.send()), ...(await sent.index.source())]);
  expect(await contents(r)).toEqual(texts(PARTS));
});
