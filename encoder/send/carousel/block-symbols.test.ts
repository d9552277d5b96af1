import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FecScheme,
  type FecSchemes,
  loadFecSchemes,
  type RaptorQParameters,
} from '../../../codecs/fec/index.js';
import { createBlockSymbols } from './block-symbols.js';
import type { Shard } from './shard.js';
import { createSymbolMemory } from './symbol-memory.js';

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
let path: string;
let schemes: FecSchemes;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-symbols-'));
  path = join(work, 'object');
  writeFileSync(path, object);
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

/** A scheme that counts its encoders. */
function counted(scheme: FecScheme) {
  const count = { made: 0, alive: 0, most: 0 };
  const counting: FecScheme = {
    ...scheme,
    createBlockEncoder(parameters, block, source) {
      const encoder = scheme.createBlockEncoder(parameters, block, source);
      count.made++;
      count.most = Math.max(count.most, ++count.alive);
      return {
        symbol: encoder.symbol,
        symbols: encoder.symbols,
        free() {
          count.alive--;
          encoder.free();
        },
      };
    },
  };
  return { scheme: counting, count };
}

const memory = createSymbolMemory();

function symbolsOf(firstTurn = 0, shard = ALONE, scheme = schemes.get(6)!) {
  const blocks = scheme.blocks(parameters);
  return blocks.map((block) =>
    createBlockSymbols({ scheme, parameters, path, memory }, block, shard, firstTurn, 0),
  );
}

describe('symbols of a block', () => {
  it.each([1, 7, 200])('are those that an encoder makes, each once, in groups of %i', (group) => {
    const scheme = schemes.get(6)!;
    for (const [i, block] of scheme.blocks(parameters).entries()) {
      const source = object.subarray(block.offset, block.offset + block.byteLength);
      const encoder = scheme.createBlockEncoder(parameters, block, source);
      const symbols = symbolsOf()[i]!;
      for (let esi = 0; esi < 100; esi++) {
        if (symbols.made === 0) symbols.make(symbols.worthMaking(1, 0, group));
        expect(symbols.next()).toEqual({ sbn: i, esi, symbol: encoder.symbol(esi) });
      }
      encoder.free();
    }
  });

  it('need no encoder while they are source symbols, and one for a group of repair', () => {
    const { scheme, count } = counted(schemes.get(6)!);
    const [symbols] = symbolsOf(0, ALONE, scheme);
    const { sourceSymbols } = scheme.blocks(parameters)[0]!;
    for (let i = 0; i < sourceSymbols; i++) {
      if (symbols!.made === 0) symbols!.make(symbols!.worthMaking(1, 0, 20));
      symbols!.next();
    }
    expect(count.made).toBe(0);
    for (let i = 0; i < 200; i++) {
      if (symbols!.made === 0) symbols!.make(symbols!.worthMaking(1, 0, 20));
      symbols!.next();
    }
    // The first group is another one for each block.
    expect(count).toEqual({ made: 11, alive: 0, most: 1 });
  });

  it('go on where an earlier run has stopped, and wrap at the end of the ESI space', () => {
    const [symbols] = symbolsOf(2 ** 24 - 1);
    symbols!.make(2);
    expect([symbols!.next().esi, symbols!.next().esi]).toEqual([2 ** 24 - 1, 0]);
    expect(() => symbols!.next()).toThrow(RangeError);
  });

  it('rebuild the object from two shards, none of which sends what the other sends', () => {
    const scheme = schemes.get(6)!;
    const shards = [0, 1].map((index) => symbolsOf(0, { index, count: 2 }));
    const blocks = scheme.blocks(parameters);
    const decoders = blocks.map((block) => scheme.createBlockDecoder(parameters, block));
    for (let turn = 0; turn < 18; turn++) {
      for (const symbols of shards.flat()) {
        if (symbols.made === 0) symbols.make(symbols.worthMaking(3, 0, 5));
        const { sbn, esi, symbol } = symbols.next();
        expect(decoders[sbn]!.add(esi, symbol)).toBe(true);
      }
    }
    for (const [i, { offset, byteLength }] of blocks.entries()) {
      expect(decoders[i]!.tryDecode()).toBe(true);
      expect(decoders[i]!.data()).toEqual(object.slice(offset, offset + byteLength));
      decoders[i]!.free();
    }
  });
});
