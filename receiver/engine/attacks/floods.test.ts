import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildAlc, buildFdtExtension, buildLct } from '../../../codecs/alc/index.js';
import { concatBytes } from '../../../codecs/bytes.js';
import {
  type FecScheme,
  type FecSchemes,
  loadFecSchemes,
  type ObjectParameters,
} from '../../../codecs/fec/index.js';
import { type AttackTools, among, attackTools, contents, someBytes, texts } from '../../testing-attacks.js';
import { createSourceBlocks } from '../blocks/source-blocks.js';
import { createMemoryStore } from '../ports/memory-store.js';

let tools: AttackTools;
let schemes: FecSchemes;
beforeAll(async () => {
  tools = await attackTools();
  schemes = await loadFecSchemes();
});

const PARTS = [1000, 2000].map((length, i) => someBytes(length, i));

describe('junk before a table', () => {
  /** A datagram of the edition, with another object or session in its header and a symbol that nobody signed. */
  function junk(
    genuine: Uint8Array,
    salt: number,
    { tsi = 7, toi }: { tsi?: number; toi: number },
  ): Uint8Array {
    const copy = genuine.slice();
    // TSI and TOI of 32 bits follow the congestion control
    const header = buildLct({ tsi, toi, codepoint: 6 }, [genuine.slice(12, 80)]);
    copy.set(header);
    return concatBytes(copy.subarray(0, -8), someBytes(8, salt));
  }

  it.each([
    ['of objects that do not exist', (i: number) => ({ toi: 20_000 + i })],
    ['of sessions that do not exist', (i: number) => ({ tsi: 100 + i, toi: 5 })],
  ])('%s: keeps no genuine datagram from waiting', async (_, where) => {
    const sent = await tools.edition(PARTS);
    const all = [sent.index, ...sent.parts];
    const symbols = (await Promise.all(all.map((each) => each.source()))).flat();
    const flood = Array.from({ length: 9000 }, (_, i) => junk(symbols[0]!, i, where(i)));
    const store = createMemoryStore();
    const r = tools.receive({ store, verify: 'auto' });
    await r.feed(flood.slice(0, 8000));
    await r.feed(among(symbols, flood.slice(8000)));
    await r.feed(await Promise.all(all.map((each) => each.fdt())));
    expect(await contents(r)).toEqual(texts(PARTS));
  });

  it('of the object itself leaves what is genuine its share', async () => {
    const sent = await tools.session(PARTS[1]!);
    const symbols = await sent.symbols(0, 0, 200);
    const r = tools.receive({ limits: { maxWaitingBytes: 60_000 } });
    await r.feed(Array.from({ length: 2000 }, (_, i) => junk(symbols[0]!, i, { toi: 5 })));
    await r.feed(
      among(
        symbols,
        Array.from({ length: 200 }, (_, i) => junk(symbols[0]!, 5000 + i, { toi: 5 })),
      ),
    );
    await r.feed([...(await (await tools.edition([PARTS[1]!])).announce()), await sent.fdt()]);
    const [status] = r.receiver.objects().filter(({ object }) => object.toi === 5);
    expect(status!.blocks[0]!.received).toBeGreaterThan(3);
  });
});

describe('forgeries under lazy checking', () => {
  it('cost no genuine datagram of one pass, whichever block they have rebuilt', async () => {
    const object = someBytes(6400, 3);
    const sent = await tools.edition([object], { blocks: 2 });
    const [part] = sent.parts;
    const r = tools.receive({ verify: 'lazy' });
    await r.feed(await sent.announce());
    const stranger = new Uint8Array(32).fill(9);
    const forged = await Promise.all(
      Array.from({ length: 120 }, (_, i) => part!.datagram(0, 300 + i, someBytes(64, i), stranger)),
    );
    const [first, ...source] = await part!.source();
    await r.feed([await part!.fdt(), first!, ...forged]);
    expect(r.receiver.objects().find(({ object: { kind } }) => kind === 'part')!.blocks[0]!.rebuilt).toBe(
      true,
    );
    await r.feed(source);
    expect(await contents(r)).toEqual(texts([object]));
  });
});

describe('unsigned datagrams that announce much', () => {
  it('have no decoder made for a table before there are enough of them', async () => {
    const scheme = schemes.get(6)!;
    let decoders = 0;
    const counting: FecScheme = {
      ...scheme,
      createBlockDecoder(...given) {
        decoders++;
        return scheme.createBlockDecoder(...given);
      },
    };
    const r = tools.receive({ allowUnsigned: true, fecSchemes: new Map([...schemes, [6, counting]]) });
    const table = async (i: number, symbols: number, symbolSize: number) => {
      const parameters = { transferLength: 56_400, sourceBlocks: 1, subBlocks: 1, alignment: 1 };
      const header = buildLct({ tsi: 1, toi: 0, codepoint: 6 }, [
        buildFdtExtension({ fluteVersion: 2, instanceId: i }),
        scheme.buildFti({ encodingId: 6, symbolSize, ...parameters }),
      ]);
      const payload = someBytes(symbols * symbolSize, i);
      await r.feed([buildAlc(header, scheme, { sbn: 0, esi: 0 }, payload)]);
    };
    for (let i = 0; i < 200; i++) await table(i, 1, 1);
    expect(decoders).toBe(0);
    expect(r.rejected).toEqual([]);
    await table(999, 57, 1000);
    expect(decoders).toBe(1);
    expect(r.rejected).toEqual(['bad-table']);
  });

  it('take no memory for each block of an object', () => {
    const parameters = fc.record({
      transferLength: fc.nat(2 ** 22),
      symbolSize: fc.integer({ min: 1, max: 1400 }),
      maxSourceBlockLength: fc.integer({ min: 1, max: 500 }),
    });
    const property = fc.property(parameters, fc.nat(70_000), (object, sbn) => {
      const symbols = object.transferLength / object.symbolSize / object.maxSourceBlockLength;
      fc.pre(symbols < 65_536);
      const list = schemes.get(0)!.blocks({ encodingId: 0, ...object } as ObjectParameters);
      const blocks = createSourceBlocks(list);
      expect(blocks.length).toBe(list.length);
      expect(blocks.runs).toBeLessThanOrEqual(3);
      for (const each of [0, sbn % (list.length + 1), list.length - 1, list.length]) {
        expect(blocks.at(each)).toEqual(list[each]);
      }
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
  });
});

describe('blocks', () => {
  it('of objects with very many, a symbol in each, take bounded memory and displace nothing of an edition', async () => {
    const sent = await tools.edition(PARTS, { blocks: 4 });
    const source = await sent.send();
    const r = tools.receive({ limits: { maxBlocks: 20 } });
    const blocks = () =>
      r.receiver
        .objects()
        .flatMap((each) => (each.state === 'receiving' ? each.blocks : []))
        .filter(({ received }) => received > 0);
    await r.feed([...(await sent.announce()), ...source.slice(0, source.length / 2)]);
    for (let i = 0; i < 8; i++) {
      const large = await tools.session(someBytes(3000, 100 + i), { toi: 100 + i, blocks: 8 });
      await r.feed([await large.fdt()]);
      for (let sbn = 0; sbn < 8; sbn++) await r.feed(await large.symbols(sbn, 0, 1));
      expect(blocks().length).toBeLessThanOrEqual(20);
    }
    await r.feed(source.slice(source.length / 2));
    expect(await contents(r)).toEqual(texts(PARTS));
    expect(r.rejected).toContain('too-many');
  });

  it('of parts that never end leave room for the index of the next edition', async () => {
    const large = await tools.edition([someBytes(3000, 1)], { blocks: 12 });
    const r = tools.receive({ limits: { maxBlocks: 8 } });
    await r.feed([...(await large.announce()), await large.parts[0]!.fdt()]);
    for (let sbn = 0; sbn < 12; sbn++) await r.feed(await large.parts[0]!.symbols(sbn, 0, 1));
    expect(r.rejected).toContain('too-many');
    const next = await tools.edition([PARTS[0]!], { sequence: 9 });
    await r.feed([...(await next.announce()), ...(await next.send())]);
    expect(await contents(r)).toEqual(texts([PARTS[0]!]));
  });
});
