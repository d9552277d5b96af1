import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceBlock } from '../../codecs/fec/index.js';
import { EncodeError } from '../error.js';
import { blockFailure, designLoss, REBUILD_PROBABILITY, repairSymbols, symbolsToSend } from './repair.js';

/** The same sum with exact whole-number binomials, for small blocks. */
function exactFailure(sourceSymbols: number, sent: number, lossPercent: number): number {
  let ways = 1n;
  let failure = 0n;
  const scale = 10n ** 40n;
  for (let received = 0; received <= sent; received++) {
    const chance =
      ways * BigInt(100 - lossPercent) ** BigInt(received) * BigInt(lossPercent) ** BigInt(sent - received);
    const extra = received - sourceSymbols;
    const weight = extra < 0 ? scale : scale / 100n ** BigInt(Math.min(extra + 1, 20));
    failure += chance * weight;
    ways = (ways * BigInt(sent - received)) / BigInt(received + 1);
  }
  return Number((failure * 10n ** 20n) / 100n ** BigInt(sent) / scale) / 1e20;
}

function blocksOf(...lengths: number[]): SourceBlock[] {
  return lengths.map((sourceSymbols, sbn) => ({ sbn, offset: 0, byteLength: sourceSymbols, sourceSymbols }));
}

const noLimit = () => 2 ** 24 - 1;

describe('blockFailure', () => {
  it('is the binomial sum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 95 }),
        (k, repair, lossPercent) => {
          const exact = exactFailure(k, k + repair, lossPercent);
          const computed = blockFailure(k, k + repair, lossPercent / 100);
          expect(Math.abs(computed - exact)).toBeLessThan(1e-10 * exact + 2e-18);
        },
      ),
    );
  });

  it('falls with every symbol sent, for large blocks too', () => {
    let before = 1;
    for (let sent = 20_000; sent <= 21_500; sent += 50) {
      const failure = blockFailure(16_384, sent, 0.2);
      expect(failure).toBeLessThanOrEqual(before);
      before = failure;
    }
    expect(before).toBeLessThan(1e-20);
  });

  it('has its extremes', () => {
    expect(blockFailure(100, 100, 0)).toBe(0);
    expect(blockFailure(100, 1000, 1)).toBe(1);
    expect(blockFailure(10, 10, 0.5)).toBeGreaterThan(0.99);
  });
});

describe('symbolsToSend', () => {
  it('is the smallest number that is enough', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        (k, loss) => {
          const sent = symbolsToSend(k, loss, 1e-4);
          expect(blockFailure(k, sent, loss)).toBeLessThanOrEqual(1e-4);
          if (sent > k) expect(blockFailure(k, sent - 1, loss)).toBeGreaterThan(1e-4);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('needs no more than the object where nothing is lost', () => {
    expect(symbolsToSend(1000, 0, 1e-4)).toBe(1000);
  });
});

describe('repairSymbols', () => {
  it('rebuilds all blocks together with the probability promised', () => {
    for (const loss of [0.01, 0.1, 0.25, 0.5, 0.9]) {
      for (const blocks of [
        blocksOf(7),
        blocksOf(1000, 1000, 999),
        blocksOf(...Array<number>(48).fill(16_000)),
      ]) {
        const repair = repairSymbols(blocks, { kind: 'loss', loss }, 1, noLimit);
        let rebuilt = 1;
        for (const [index, { sourceSymbols }] of blocks.entries()) {
          rebuilt *= 1 - blockFailure(sourceSymbols, sourceSymbols + repair[index]!, loss);
        }
        expect(rebuilt).toBeGreaterThanOrEqual(REBUILD_PROBABILITY);
        // and is no waste: a tenth less repair would break the promise of blocks this long
        if (blocks[0]!.sourceSymbols >= 1000) {
          const { sourceSymbols } = blocks[0]!;
          const less = Math.floor(repair[0]! * 0.9);
          expect(blockFailure(sourceSymbols, sourceSymbols + less, loss)).toBeGreaterThan(1e-4);
        }
      }
    }
  });

  it('takes a fraction of each block, rounded up', () => {
    expect(repairSymbols(blocksOf(100, 99), { kind: 'fraction', fraction: 0.1 }, 1, noLimit)).toEqual([
      10, 10,
    ]);
    expect(repairSymbols(blocksOf(1000), { kind: 'fraction', fraction: 0.07 }, 1, noLimit)).toEqual([70]);
    expect(repairSymbols(blocksOf(5), { kind: 'fraction', fraction: 0 }, 1, noLimit)).toEqual([0]);
  });

  it('refuses more symbols than the code has', () => {
    expect(() => repairSymbols(blocksOf(10), { kind: 'fraction', fraction: 1 }, 1, () => 14)).toThrow(
      EncodeError,
    );
  });

  it('knows the loss that a fraction is made for', () => {
    expect(designLoss({ kind: 'fraction', fraction: 0.25 })).toBeCloseTo(0.2);
    expect(designLoss({ kind: 'loss', loss: 0.3 })).toBe(0.3);
  });
});
