import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../bytes.js';
import { FecError } from '../error.js';
import { type NoCodeParameters, noCode } from './index.js';

const parameters = (
  transferLength: number,
  symbolSize: number,
  maxSourceBlockLength: number,
): NoCodeParameters => ({
  encodingId: 0,
  transferLength,
  symbolSize,
  maxSourceBlockLength,
});

const anyParameters = fc
  .tuple(fc.nat(20_000), fc.integer({ min: 20, max: 300 }), fc.integer({ min: 1, max: 40 }))
  .map(([length, size, max]) => parameters(length, size, max));

describe('Compact No-Code', () => {
  it('reads and writes the EXT_FTI of rt-libflute', () => {
    const extension = fromHex('400400000000' + '02b70000059c00000040');
    expect(noCode.parseFti(extension)).toEqual(parameters(695, 1_436, 64));
    expect(noCode.buildFti(parameters(695, 1_436, 64))).toEqual(extension);
  });

  it('gives back EXT_FTI and FDT attributes', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        expect(noCode.parseFti(noCode.buildFti(p))).toEqual(p);
        expect(noCode.parametersFrom(noCode.attributesFrom(p), p.transferLength)).toEqual(p);
      }),
    );
    expect(noCode.parseFti(noCode.buildFti(parameters(2 ** 40 + 5, 65_535, 1_000))).transferLength).toBe(
      2 ** 40 + 5,
    );
    expect(noCode.attributesFrom(parameters(1, 1_436, 64))).toEqual({
      'FEC-OTI-Maximum-Source-Block-Length': '64',
      'FEC-OTI-Encoding-Symbol-Length': '1436',
    });
  });

  it('has a payload ID of two 16-bit numbers', () => {
    const bytes = new Uint8Array(6);
    noCode.writePayloadId({ sbn: 0x0102, esi: 0xfffe }, bytes, 1);
    expect(toHex(bytes)).toBe('000102fffe00');
    expect(noCode.parsePayloadId(bytes, 1)).toEqual({ sbn: 0x0102, esi: 0xfffe });
    expect(() => noCode.writePayloadId({ sbn: 0, esi: 65_536 }, bytes, 0)).toThrow(FecError);
    expect(() => noCode.writePayloadId({ sbn: -1, esi: 0 }, bytes, 0)).toThrow(FecError);
  });

  it('cuts an object as RFC 5052 section 9.1 does', () => {
    // T = 20 symbols, N = 3 blocks: two of 7 symbols and one of 6.
    expect(noCode.blocks(parameters(1_995, 100, 8))).toEqual([
      { sbn: 0, offset: 0, byteLength: 700, sourceSymbols: 7 },
      { sbn: 1, offset: 700, byteLength: 700, sourceSymbols: 7 },
      { sbn: 2, offset: 1_400, byteLength: 595, sourceSymbols: 6 },
    ]);
    expect(noCode.blocks(parameters(0, 100, 8))).toEqual([]);
  });

  it('covers the object with blocks within the bound', () => {
    fc.assert(
      fc.property(anyParameters, (p) => {
        const blocks = noCode.blocks(p);
        let offset = 0;
        let symbols = 0;
        for (const [sbn, block] of blocks.entries()) {
          expect(block.sbn).toBe(sbn);
          expect(block.offset).toBe(offset);
          expect(block.sourceSymbols).toBe(Math.ceil(block.byteLength / p.symbolSize));
          expect(block.sourceSymbols).toBeLessThanOrEqual(p.maxSourceBlockLength);
          offset += block.byteLength;
          symbols += block.sourceSymbols;
        }
        expect(offset).toBe(p.transferLength);
        expect(symbols).toBe(Math.ceil(p.transferLength / p.symbolSize));
      }),
    );
  });

  it('rebuilds blocks from symbols in any order, padded or not, duplicates included', () => {
    fc.assert(
      fc.property(anyParameters, fc.infiniteStream(fc.nat()), fc.boolean(), (p, random, pad) => {
        const object = Uint8Array.from({ length: p.transferLength }, (_, i) => i * 31 + (i >> 8));
        const rebuilt = noCode.blocks(p).map((block) => {
          const source = object.subarray(block.offset, block.offset + block.byteLength);
          const encoder = noCode.createBlockEncoder(p, block, source);
          expect(encoder.symbols(0, block.sourceSymbols)).toEqual(source);
          const decoder = noCode.createBlockDecoder(p, block);
          const esis = [...Array(block.sourceSymbols).keys()]
            .map((esi) => [random.next().value as number, esi] as const)
            .sort(([a], [b]) => a - b)
            .map(([, esi]) => esi);
          for (const [i, esi] of esis.entries()) {
            expect(decoder.tryDecode()).toBe(false);
            expect(decoder.received).toBe(i);
            const symbol = encoder.symbol(esi);
            const sent = pad ? concatBytes(symbol, new Uint8Array(p.symbolSize - symbol.length)) : symbol;
            expect(decoder.add(esi, sent)).toBe(true);
            expect(decoder.add(esi, sent)).toBe(false);
          }
          expect(decoder.tryDecode()).toBe(true);
          return decoder.data();
        });
        expect(concatBytes(...rebuilt)).toEqual(object);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses symbols that do not belong to the block', () => {
    const p = parameters(250, 100, 8);
    const [block] = noCode.blocks(p);
    const decoder = noCode.createBlockDecoder(p, block!);
    expect(decoder.add(3, new Uint8Array(100))).toBe(false);
    expect(decoder.add(-1, new Uint8Array(100))).toBe(false);
    expect(decoder.add(0, new Uint8Array(50))).toBe(false);
    expect(decoder.add(2, new Uint8Array(49))).toBe(false);
    expect(() => decoder.data()).toThrow(/lacks 3 of its 3/);
    const encoder = noCode.createBlockEncoder(p, block!, new Uint8Array(250));
    expect(() => encoder.symbol(3)).toThrow(FecError);
    expect(() => encoder.symbols(1, 3)).toThrow(FecError);
    expect(() => noCode.createBlockEncoder(p, block!, new Uint8Array(249))).toThrow(FecError);
  });

  it('takes no memory for what was only announced', () => {
    const p = noCode.parseFti(noCode.buildFti(parameters(65_536 * 65_535, 65_535, 65_536)));
    const [block] = noCode.blocks(p);
    const before = process.memoryUsage();
    const decoders = Array.from({ length: 1_000 }, () => noCode.createBlockDecoder(p, block!));
    const after = process.memoryUsage();
    expect(decoders.length).toBe(1_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
  });

  it('refuses objects without enough numbers for blocks and symbols', () => {
    const refused = [
      parameters(65_537, 1, 1),
      parameters(65_537, 1, 70_000),
      parameters(2 ** 48, 1_000, 60_000),
      parameters(10, 0, 5),
      parameters(10, 5, 0),
      parameters(10, 65_536, 5),
      parameters(-1, 5, 5),
      parameters(1.5, 5, 5),
    ];
    for (const p of refused) expect(() => noCode.buildFti(p), JSON.stringify(p)).toThrow(FecError);
    expect(noCode.blocks(parameters(65_536, 1, 1)).length).toBe(65_536);
  });

  it.each([
    {},
    { 'FEC-OTI-Encoding-Symbol-Length': '10' },
    { 'FEC-OTI-Encoding-Symbol-Length': '10', 'FEC-OTI-Maximum-Source-Block-Length': '1e1' },
    { 'FEC-OTI-Encoding-Symbol-Length': '0', 'FEC-OTI-Maximum-Source-Block-Length': '4' },
    { 'FEC-OTI-Encoding-Symbol-Length': '70000', 'FEC-OTI-Maximum-Source-Block-Length': '4' },
  ] as Record<string, string>[])('refuses the FDT attributes %j', (attributes) => {
    expect(() => noCode.parametersFrom(attributes, 100)).toThrow(FecError);
  });

  it('throws nothing but FecError on random extensions', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.boolean(), (bytes, header) => {
        if (header && bytes.length > 1) bytes.set([64, bytes.length >> 2]);
        try {
          const p = noCode.parseFti(bytes);
          expect(noCode.blocks(p).length).toBeLessThanOrEqual(65_536);
        } catch (error) {
          expect(error).toBeInstanceOf(FecError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
