import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { EncodeError } from '../error.js';
import { ENCODING_ID, type FecName, planBlocks, symbolSize } from './blocks.js';

describe('symbolSize', () => {
  it('fills the packet in whole words', () => {
    expect(symbolSize(1500, 20 + 8 + 12 + 68 + 4)).toBe(1388);
    expect(symbolSize(1501, 112)).toBe(1388);
    expect(symbolSize(1504, 112)).toBe(1392);
    expect(symbolSize(115, 112 - 1)).toBe(4);
  });

  it('refuses a packet without room', () => {
    expect(() => symbolSize(115, 112)).toThrow(/headers alone take 112.*--mtu/);
  });
});

describe('planBlocks', () => {
  it('makes as few blocks as possible, whose parameters the codes accept', async () => {
    const schemes = await loadFecSchemes();
    fc.assert(
      fc.property(
        fc.constantFrom<FecName>('raptorq', 'no-code'),
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 64, max: 2000 }).map((words) => 4 * words),
        (fec, transferLength, size) => {
          const scheme = schemes.get(ENCODING_ID[fec])!;
          const parameters = planBlocks(fec, transferLength, size);
          expect(scheme.parseFti(scheme.buildFti(parameters))).toEqual(parameters);
          const blocks = scheme.blocks(parameters);
          const symbols = blocks.reduce((sum, { sourceSymbols }) => sum + sourceSymbols, 0);
          expect(symbols).toBe(Math.ceil(transferLength / size));
          expect(blocks.length).toBe(
            Math.min(255 + 65_281 * Number(fec === 'no-code'), Math.ceil(symbols / 4096)),
          );
        },
      ),
    );
  });

  it('makes larger blocks where there are not enough of the preferred size', () => {
    const size = 1388;
    const parameters = planBlocks('raptorq', 255 * 4096 * size + 1, size);
    expect(parameters).toMatchObject({ sourceBlocks: 255 });
    expect(() => planBlocks('raptorq', 255 * 56_403 * size, size)).not.toThrow();
    expect(() => planBlocks('raptorq', 255 * 56_403 * size + 1, size)).toThrow(EncodeError);
  });

  it('keeps to the 16 bits that blocks and symbols have without a code', () => {
    expect(() => planBlocks('no-code', 65_536 * 65_536 * 4, 4)).not.toThrow();
    expect(() => planBlocks('no-code', 65_536 * 65_536 * 4 + 1, 4)).toThrow(/Split the content/);
  });
});
