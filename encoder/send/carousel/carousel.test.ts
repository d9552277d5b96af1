import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes, type RaptorQParameters } from '../../../codecs/fec/index.js';
import { createCarousel } from './carousel.js';
import type { Shard } from './shard.js';
import { createSymbolMaker } from './symbol-maker.js';

const SYMBOL = 32;
const LENGTH = 3001;
const parameters: RaptorQParameters = {
  encodingId: 6,
  transferLength: LENGTH,
  symbolSize: SYMBOL,
  sourceBlocks: 3,
  subBlocks: 1,
  alignment: 4,
};
const ALONE: Shard = { index: 0, count: 1 };
const object = Uint8Array.from({ length: LENGTH }, (_, i) => (i * i) >> 3);

let work: string;
let schemes: FecSchemes;
let file: { descriptor: number; path: string };
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-carousel-'));
  const path = join(work, 'object');
  writeFileSync(path, object);
  file = { descriptor: openSync(path, 'r'), path };
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

function carouselOf(memoryLimit: number, firstTurn = 0, shard = ALONE) {
  const scheme = schemes.get(6)!;
  const blocks = scheme.blocks(parameters);
  const maker = createSymbolMaker({ scheme, parameters, blocks, file }, shard, memoryLimit);
  const repair = blocks.map(() => 10);
  return { blocks, carousel: createCarousel({ blocks, repair, symbolSize: SYMBOL, maker, firstTurn }) };
}

/** Encoders are kept; a new one for each group; a new one for each symbol. */
const MEMORY = [2 ** 30, 2 * 3 * SYMBOL * 7, 0];

describe('carousel', () => {
  it.each(MEMORY)(
    'sends every symbol of the blocks once, as an encoder makes it, with %i bytes of memory',
    (memory) => {
      const { blocks, carousel } = carouselOf(memory);
      const scheme = schemes.get(6)!;
      const seen = new Set<string>();
      for (let i = 0; i < 3 * 100; i++) {
        const { sbn, esi, symbol } = carousel.next();
        expect([sbn, esi]).toEqual([i % 3, Math.floor(i / 3)]);
        seen.add(`${sbn} ${esi}`);
        const block = blocks[sbn]!;
        const source = object.subarray(block.offset, block.offset + block.byteLength);
        if (i % 17 > 0) continue;
        const encoder = scheme.createBlockEncoder(parameters, block, source);
        expect(symbol).toEqual(encoder.symbol(esi));
        encoder.free();
      }
      expect(seen.size).toBe(300);
      carousel.free();
    },
  );

  it('sends the source symbols first, then repair, and counts passes', () => {
    const { blocks, carousel } = carouselOf(2 ** 30);
    const pass = carousel.passTurns;
    expect(pass).toBe(blocks[0]!.sourceSymbols + 10);
    expect(carousel.isBetweenPasses).toBe(true);
    for (let i = 0; i < pass * 3; i++) {
      expect(carousel.passes).toBe(0);
      carousel.next();
    }
    expect([carousel.passes, carousel.isBetweenPasses, carousel.turn]).toEqual([1, true, pass]);
    expect(carousel.next().esi).toBe(pass);
    expect([carousel.isBetweenPasses, carousel.turn, carousel.nextFreshTurn]).toEqual([
      false,
      pass,
      pass + 1,
    ]);
    carousel.free();
  });

  it('goes on where an earlier run has stopped, and wraps at the end of the ESI space', () => {
    const { carousel } = carouselOf(2 ** 30, 2 ** 24 - 1);
    expect(carousel.next().esi).toBe(2 ** 24 - 1);
    carousel.next();
    carousel.next();
    expect(carousel.next().esi).toBe(0);
    carousel.free();
  });

  it('rebuilds from the symbols of two shards, none of which is sent twice', () => {
    const scheme = schemes.get(6)!;
    const shards = [0, 1].map((index) => carouselOf(2 ** 30, 0, { index, count: 2 }));
    const { blocks } = shards[0]!;
    const decoders = blocks.map((block) => scheme.createBlockDecoder(parameters, block));
    for (let turn = 0; turn < 18 * 3; turn++) {
      for (const { carousel } of shards) {
        const { sbn, esi, symbol } = carousel.next();
        expect(decoders[sbn]!.add(esi, symbol)).toBe(true);
      }
    }
    for (const [i, { offset, byteLength }] of blocks.entries()) {
      expect(decoders[i]!.tryDecode()).toBe(true);
      expect(decoders[i]!.data()).toEqual(object.slice(offset, offset + byteLength));
      decoders[i]!.free();
    }
    for (const { carousel } of shards) carousel.free();
  });
});
