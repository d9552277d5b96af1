import { beforeAll, expect, it } from 'vitest';
import { type AttackTools, attackTools, contents, someBytes, texts } from '../../testing-attacks.js';
import { createMemoryStore } from '../ports/memory-store.js';

let tools: AttackTools;
beforeAll(async () => {
  tools = await attackTools();
});

const PARTS = [1000, 2000].map((length, i) => someBytes(length, i));
const trust = () => [tools.other, tools.publisher];
/** What another trusted publisher sends in the same session, or in one of his own. */
const foreign = (
  parts: readonly Uint8Array[],
  more: { tsi?: number; name?: string; symbolSize?: number } = {},
) =>
  tools.edition(parts, {
    publisher: tools.other,
    uplinkSeed: new Uint8Array(32).fill(5),
    sequence: 99,
    ...more,
  });

it('objects of one that are all on their way leave the other its share', async () => {
  const others = Array.from({ length: 40 }, (_, i) => someBytes(300, 100 + i));
  const edition = await foreign(others);
  const sent = await tools.edition(PARTS);
  const r = tools.receive({ trust: trust(), limits: { maxObjects: 20 } });
  await r.feed(await edition.announce());
  for (const part of edition.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 1))]);
  await r.feed([...(await sent.announce()), ...(await sent.send())]);
  expect(await contents(r)).toEqual(texts(PARTS));
  expect(r.receiver.objects().length).toBeLessThanOrEqual(20);
});

it('so do datagrams in the store', async () => {
  const others = Array.from({ length: 10 }, (_, i) => someBytes(10_000, 100 + i));
  const edition = await foreign(others, { symbolSize: 200 });
  const sent = await tools.edition(PARTS);
  const store = createMemoryStore({ maxBytes: 50_000 });
  const r = tools.receive({ trust: trust(), store });
  await r.feed(await edition.announce());
  for (const part of edition.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 45))]);
  await r.feed([...(await sent.announce()), ...(await sent.send())]);
  expect(await contents(r)).toEqual(texts(PARTS));
  expect(store.usage().bytes).toBeLessThanOrEqual(50_000);
});

it('so do editions and sessions', async () => {
  const sent = await tools.edition(PARTS);
  const r = tools.receive({ trust: trust(), limits: { maxEditions: 4, maxSessions: 4 } });
  await r.feed(await sent.announce());
  const datagrams = await sent.send();
  const tables = new Set(await Promise.all(sent.parts.map((part) => part.fdt())));
  await r.feed([...tables]);
  for (let i = 0; i < 20; i++) {
    const edition = await foreign([someBytes(300, 100 + i)], { name: `bundle ${i}`, tsi: 100 + i });
    await r.feed([...(await edition.announce()), ...(await edition.send())]);
  }
  await r.feed(datagrams.filter((each) => ![...tables].some((table) => Buffer.compare(table, each) === 0)));
  expect(await contents(r)).toEqual(expect.arrayContaining(texts(PARTS)));
});

it('a bundle of the same name is another bundle', async () => {
  const sent = await tools.edition(PARTS);
  const edition = await foreign([someBytes(300, 100)]);
  const r = tools.receive({ trust: trust() });
  await r.feed([...(await edition.announce()), ...(await edition.send())]);
  await r.feed([...(await sent.announce()), ...(await sent.send())]);
  expect(await contents(r)).toEqual(texts([...PARTS, someBytes(300, 100)]));
  expect(r.receiver.editions().map(({ edition: { sequence } }) => sequence)).toEqual([99, 5]);
});

it('what no index lists yet has its share too', async () => {
  const sent = await tools.edition(PARTS);
  const r = tools.receive({ trust: trust(), limits: { maxObjects: 12 } });
  const begun = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const part = await tools.session(someBytes(300, 100 + i), {
        ...{ toi: 100 + i, publisher: tools.other, uplinkSeed: new Uint8Array(32).fill(5) },
      });
      await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 1))]);
    }
  };
  await begun(12);
  // each genuine datagram once, the index at the end
  await r.feed(await sent.send());
  const edition = await foreign(Array.from({ length: 12 }, (_, i) => someBytes(300, 200 + i)));
  await r.feed([...(await edition.announce()), ...(await edition.send())]);
  await r.feed(await sent.announce());
  expect(await contents(r)).toEqual(expect.arrayContaining(texts(PARTS)));
});
