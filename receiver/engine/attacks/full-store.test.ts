import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf } from '../../testing.js';
import { type AttackTools, attackTools, someBytes, texts, VERIFY } from '../../testing-attacks.js';
import { createMemoryStore } from '../ports/memory-store.js';

let tools: AttackTools;
beforeAll(async () => {
  tools = await attackTools();
});

const PARTS = [someBytes(1500, 50)];

describe.each(VERIFY)('a store that is full of an edition which does not fit, %s', (verify) => {
  async function fullReceiver(parts: number) {
    const store = createMemoryStore({ maxBytes: 12_000 });
    const r = tools.receive({ store, verify });
    const received: string[] = [];
    r.receiver.on('part', async ({ content }) => {
      received.push(...texts([await bytesOf(content)]));
      await content.release();
    });
    const large = await tools.edition(Array.from({ length: parts }, (_, i) => someBytes(12_000, i)));
    await r.feed(await large.announce());
    for (const part of large.parts) await r.feed([await part.fdt(), ...(await part.symbols(0, 0, 2))]);
    await r.feed(await large.send());
    expect(store.usage().bytes).toBeGreaterThan(11_000);
    expect(r.rejected).toContain('too-many');
    return { ...r, received };
  }

  it.each([1, 3])('of %d parts takes the next one of the bundle at once', async (parts) => {
    const { feed, received } = await fullReceiver(parts);
    const sent = await tools.edition(PARTS, { sequence: 9 });
    await feed(await sent.announce());
    await feed(await sent.send());
    expect(received).toEqual(texts(PARTS));
  });

  it.each([1, 3])('of %d parts takes another bundle when nothing new came of it for long', async (parts) => {
    const { feed, received } = await fullReceiver(parts);
    const sent = await tools.edition(PARTS, { name: 'sport', sequence: 3 });
    await feed(Array.from({ length: 10_001 }, () => Uint8Array.of(0)));
    await feed(await sent.announce());
    await feed(await sent.send());
    expect(received).toEqual(texts(PARTS));
  });
});
