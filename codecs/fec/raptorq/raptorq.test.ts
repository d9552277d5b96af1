import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../bytes.js';
import { loadRaptorQ } from '../../raptorq/index.js';
import { FecError } from '../error.js';
import type { FecScheme } from '../scheme.js';
import { createRaptorQScheme, type RaptorQParameters } from './index.js';

let raptorq: FecScheme<RaptorQParameters>;
beforeAll(async () => {
  raptorq = createRaptorQScheme(await loadRaptorQ());
});

const example: RaptorQParameters = {
  encodingId: 6,
  transferLength: 0x0102030405,
  symbolSize: 1_388,
  sourceBlocks: 200,
  subBlocks: 1,
  alignment: 4,
};

const anyParameters = fc
  .record({
    symbols: fc.integer({ min: 1, max: 60 }),
    blocks: fc.integer({ min: 1, max: 5 }),
    words: fc.integer({ min: 1, max: 20 }),
    missing: fc.nat(80),
  })
  .map(({ symbols, blocks, words, missing }): RaptorQParameters => {
    const symbolSize = 4 * words;
    return {
      encodingId: 6,
      transferLength: symbols * symbolSize - (missing % symbolSize),
      symbolSize,
      sourceBlocks: Math.min(blocks, symbols),
      subBlocks: 1,
      alignment: 4,
    };
  });

describe('RaptorQ as a FEC scheme', () => {
  it('has the EXT_FTI of RFC 6330 section 3.3', () => {
    const extension = raptorq.buildFti(example);
    expect(toHex(extension)).toBe('40040102030405' + '00' + '056c' + 'c8' + '0001' + '04' + '0000');
    expect(raptorq.parseFti(extension)).toEqual(example);
  });

  it('has its FDT attributes', () => {
    expect(raptorq.attributesFrom(example)).toEqual({
      'FEC-OTI-Encoding-Symbol-Length': '1388',
      'FEC-OTI-Scheme-Specific-Info': 'yAABBA==',
    });
    expect(raptorq.parametersFrom(raptorq.attributesFrom(example), example.transferLength)).toEqual(example);
  });

  it('has a payload ID of 8 and 24 bits', () => {
    const bytes = new Uint8Array(6);
    raptorq.writePayloadId({ sbn: 0xfe, esi: 0x010203 }, bytes, 1);
    expect(toHex(bytes)).toBe('00fe01020300');
    expect(raptorq.parsePayloadId(bytes, 1)).toEqual({ sbn: 0xfe, esi: 0x010203 });
    expect(() => raptorq.writePayloadId({ sbn: 256, esi: 0 }, bytes, 0)).toThrow(FecError);
    expect(() => raptorq.writePayloadId({ sbn: 0, esi: 2 ** 24 }, bytes, 0)).toThrow(FecError);
  });

  it('gives back EXT_FTI and FDT attributes', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        expect(raptorq.parseFti(raptorq.buildFti(p))).toEqual(p);
        expect(raptorq.parametersFrom(raptorq.attributesFrom(p), p.transferLength)).toEqual(p);
      }),
    );
  });

  it('rebuilds an object from repair symbols alone', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        const object = Uint8Array.from({ length: p.transferLength }, (_, i) => i * 31 + (i >> 8));
        const rebuilt = raptorq.blocks(p).map((block) => {
          const source = object.subarray(block.offset, block.offset + block.byteLength);
          const encoder = raptorq.createBlockEncoder(p, block, source);
          const decoder = raptorq.createBlockDecoder(p, block);
          expect(raptorq.maxEsi(p, block)).toBe(2 ** 24 - 1);
          const count = block.sourceSymbols + 8;
          const symbols = encoder.symbols(block.sourceSymbols, count);
          expect(symbols.length).toBe(count * p.symbolSize);
          for (let i = 0; i < count && !decoder.tryDecode(); i++) {
            decoder.add(block.sourceSymbols + i, symbols.subarray(i * p.symbolSize, (i + 1) * p.symbolSize));
          }
          expect(decoder.tryDecode()).toBe(true);
          const data = decoder.data().slice();
          encoder.free();
          decoder.free();
          return data;
        });
        expect(concatBytes(...rebuilt)).toEqual(object);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    '',
    '4004',
    '4003010203040500056cc800010400',
    '40040000000000' + '00' + '056c' + '01' + '0001' + '04' + '0000',
    '40040000001000' + '00' + '0000' + '01' + '0001' + '04' + '0000',
    '40040000001000' + '00' + '056c' + '00' + '0001' + '04' + '0000',
    '40040000001000' + '00' + '056c' + '01' + '0001' + '00' + '0000',
    '40040000001000' + '00' + '056d' + '01' + '0001' + '04' + '0000',
    '4004ffffffffff' + '00' + '0004' + 'ff' + '0001' + '04' + '0000',
  ])('refuses the extension %s', (hex) => {
    expect(() => raptorq.parseFti(fromHex(hex))).toThrow(FecError);
  });

  it.each([
    {},
    { 'FEC-OTI-Encoding-Symbol-Length': '1388' },
    { 'FEC-OTI-Encoding-Symbol-Length': '1388', 'FEC-OTI-Scheme-Specific-Info': 'yAAB' },
    { 'FEC-OTI-Encoding-Symbol-Length': '1388', 'FEC-OTI-Scheme-Specific-Info': 'yAABBA' },
    { 'FEC-OTI-Encoding-Symbol-Length': '1387', 'FEC-OTI-Scheme-Specific-Info': 'yAABBA==' },
    { 'FEC-OTI-Encoding-Symbol-Length': '-4', 'FEC-OTI-Scheme-Specific-Info': 'yAABBA==' },
  ] as Record<string, string>[])('refuses the FDT attributes %j', (attributes) => {
    expect(() => raptorq.parametersFrom(attributes, 1_000_000)).toThrow(FecError);
  });

  it('throws nothing but FecError on random extensions', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.boolean(), (bytes, header) => {
        if (header && bytes.length > 1) bytes.set([64, bytes.length >> 2]);
        try {
          raptorq.blocks(raptorq.parseFti(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(FecError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
