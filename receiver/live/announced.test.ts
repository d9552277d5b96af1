import { beforeAll, describe, expect, it } from 'vitest';
import type { ReceiverOptions } from '../engine/interface.js';
import { knownEdition } from '../testing.js';
import { type AttackTools, attackTools, someBytes } from '../testing-attacks.js';
import { watchAnnounced } from './announced.js';

let tools: AttackTools;
beforeAll(async () => {
  tools = await attackTools();
});

const PARTS = [1000, 2000].map((length, i) => someBytes(length, i));

/** A receiver, and whether it would end after each second. */
function watched(options: Partial<ReceiverOptions> = {}) {
  const r = tools.receive(options);
  let seconds = 0;
  const announced = watchAnnounced(r.receiver, () => 1000 * seconds);
  const isComplete = () => announced.isComplete(r.receiver.editions());
  return {
    feed: r.feed,
    /** Seconds until it ends, in each of which some datagrams come; undefined: it does not within ten minutes. */
    async ends(
      each: readonly Uint8Array[] | ((second: number) => readonly Uint8Array[]),
    ): Promise<number | undefined> {
      for (let second = 1; second <= 600; second++) {
        seconds++;
        await r.feed(typeof each === 'function' ? each(second) : each);
        if (isComplete()) return second;
      }
      return undefined;
    },
  };
}

describe('listening once', () => {
  it('ends soon after everything that was announced is there', async () => {
    const sent = await tools.edition(PARTS);
    const watch = watched();
    expect(await watch.ends([])).toBeUndefined();
    await watch.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await watch.ends([])).toBeLessThan(4);
  });

  it('does not wait for ever for what a replay announces, however often', async () => {
    const sent = await tools.edition(PARTS);
    const old = await tools.edition([someBytes(500, 9)], { name: 'sport' });
    const table = await old.index.fdt();
    const replays: Uint8Array[][] = [
      [table],
      [table, ...(await old.index.symbols(0, 0, 1))],
      [...(await old.announce()), await old.parts[0]!.fdt()],
    ];
    for (const replayed of replays) {
      const watch = watched();
      await watch.feed([...replayed, ...(await sent.announce()), ...(await sent.send())]);
      const seconds = await watch.ends(replayed);
      expect(seconds).toBeGreaterThan(30);
      expect(seconds).toBeLessThan(70);
    }
  });

  it('nor while tables of other objects come one after the other', async () => {
    const sent = await tools.edition(PARTS);
    const old: Uint8Array[] = [];
    for (let i = 0; i < 150; i++) {
      const { index, parts } = await tools.edition([someBytes(100, 100 + i)], { name: `bundle ${i}` });
      old.push(await (i % 2 === 0 ? index : parts[0]!).fdt());
    }
    // some before the edition, and then one a second, or as many as there is no room for
    for (const [count, maxObjects] of [
      [1, 4096],
      [10, 8],
    ] as const) {
      const watch = watched({ limits: { maxObjects } });
      await watch.feed([...old.slice(0, 20), ...(await sent.announce()), ...(await sent.send())]);
      const seconds = await watch.ends((second) =>
        Array.from({ length: count }, (_, i) => old[(second * count + i) % old.length]!),
      );
      expect(seconds).toBeLessThan(70);
    }
  });

  it('waits for an index that comes round after a while, and for all of the only edition', async () => {
    const sent = await tools.edition(PARTS);
    const more = await tools.edition([someBytes(500, 9)], { name: 'sport' });
    const watch = watched();
    await watch.feed([...(await sent.announce()), ...(await sent.send(0)), await more.index.fdt()]);
    expect(await watch.ends([await sent.index.fdt()])).toBeUndefined();
    await watch.feed([...(await more.index.source()), ...(await sent.send(1))]);
    // in a fade it waits as well
    expect(await watch.ends([])).toBeUndefined();
    await watch.feed(await more.send());
    expect(await watch.ends([])).toBeLessThan(4);
  });

  it('gives a new edition time to be announced where all of an earlier one stands', async () => {
    const earlier = await tools.edition(PARTS);
    const sent = await tools.edition([...PARTS, someBytes(500, 9)], { sequence: 6 });
    const known = knownEdition(tools.publisher, earlier.parts);
    const held = new Set(earlier.parts.map(({ part }) => part.sha256));
    const options = { editions: [known], isHeld: ({ sha256 }: { sha256: string }) => held.has(sha256) };
    const silent = watched(options);
    expect(await silent.ends([])).toBeUndefined();
    await silent.feed([...(await sent.announce()), ...(await sent.send())]);
    expect(await silent.ends([])).toBeLessThan(4);
    // nothing is new, or a stranger repeats what is old
    const seconds = await watched(options).ends(await earlier.send());
    expect(seconds).toBeGreaterThan(30);
    expect(seconds).toBeLessThan(70);
  });
});
