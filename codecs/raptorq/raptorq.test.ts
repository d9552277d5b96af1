import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  buildOti,
  type CoreBuild,
  loadRaptorQ,
  type Oti,
  parseOti,
  type RaptorQ,
  RaptorQError,
  sourceBlocks,
} from './index.js';

interface Vector {
  K: number;
  T: number;
  repair: { esi: number; symbol: string }[];
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../../fixtures/kat/repair_symbols.json', import.meta.url), 'utf8'),
) as {
  vectors: Vector[];
};

const oneBlock = (bytes: number, symbolSize: number, subBlocks = 1, alignment = 1): Oti => ({
  transferLength: bytes,
  symbolSize,
  sourceBlocks: 1,
  subBlocks,
  alignment,
});

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255);
}

function random(seed: number): () => number {
  let x = seed >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x / 2 ** 32;
  };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

describe.each<CoreBuild>(['simd', 'scalar'])('%s build', (build) => {
  let raptorq: RaptorQ;
  beforeAll(async () => {
    raptorq = await loadRaptorQ(build);
  });

  describe('known answers (repair_symbols.json)', () => {
    it.each(vectors.map((v) => [v.K, v.T, v] as const))('K = %i, T = %i', (_k, _t, { K, T, repair }) => {
      const encoder = raptorq.createEncoder(oneBlock(K * T, T), 0, pattern(K * T));
      for (const { esi, symbol } of repair)
        expect(Buffer.from(encoder.symbol(esi)).toString('hex')).toBe(symbol);
      encoder.free();
    });
  });

  /** Encodes, loses, shuffles, duplicates, decodes; the symbols needed beyond K. */
  function roundTrip(oti: Oti, seed: number, loss: number): number {
    const next = random(seed);
    const source = randomBytes(oti.transferLength, seed ^ 0x5bd1e995);
    const encoder = raptorq.createEncoder(oti, 0, source);
    const decoder = raptorq.createDecoder(oti, 0);
    const k = encoder.sourceSymbols;
    const kept: number[] = [];
    for (let esi = 0; esi < k; esi++) if (next() >= loss) kept.push(esi);
    const firstRepair = k + Math.floor(next() * 1000);
    const sent = [...kept, ...Array.from({ length: k - kept.length + 20 }, (_, i) => firstRepair + i)];
    for (let i = sent.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [sent[i], sent[j]] = [sent[j]!, sent[i]!];
    }
    let done = false;
    for (const esi of sent) {
      const symbol = encoder.symbol(esi);
      expect(decoder.add(esi, symbol)).toBe(true);
      expect(decoder.add(esi, symbol)).toBe(false);
      done = decoder.received >= k && decoder.tryDecode();
      if (done) break;
    }
    expect(done).toBe(true);
    expect(Buffer.compare(decoder.data(), source)).toBe(0);
    const overhead = decoder.received - k;
    encoder.free();
    decoder.free();
    return overhead;
  }

  describe('round trips', () => {
    it('over random K, T, Al, N and losses', () => {
      fc.assert(
        fc.property(
          fc.record({
            k: fc.integer({ min: 1, max: 300 }),
            words: fc.integer({ min: 1, max: 40 }),
            alignment: fc.constantFrom(1, 2, 4, 8),
            subBlocks: fc.integer({ min: 1, max: 4 }),
            short: fc.nat(),
            loss: fc.constantFrom(0, 0.01, 0.1, 0.5, 1),
            seed: fc.integer({ min: 1 }),
          }),
          ({ k, words, alignment, subBlocks, short, loss, seed }) => {
            const symbolSize = words * alignment;
            const bytes = k * symbolSize - (short % symbolSize);
            roundTrip(oneBlock(bytes, symbolSize, Math.min(subBlocks, words), alignment), seed, loss);
          },
        ),
        { numRuns: 300 },
      );
    });

    it.each([
      [1000, 64, 0.1],
      [5000, 16, 1],
      [10_000, 20, 0.3],
      [56_403, 16, 0.05],
    ])('K = %i, T = %i, loss %d', (k, symbolSize, loss) => {
      const source = randomBytes(k * symbolSize, 9);
      const encoder = raptorq.createEncoder(oneBlock(k * symbolSize, symbolSize), 0, source);
      const decoder = raptorq.createDecoder(oneBlock(k * symbolSize, symbolSize), 0);
      const next = random(k);
      const symbols = encoder.symbols(0, 2 * k + 50);
      for (let esi = 0; esi < 2 * k + 50 && !(decoder.received >= k && decoder.tryDecode()); esi++) {
        if (esi >= k || next() >= loss)
          decoder.add(esi, symbols.subarray(esi * symbolSize, (esi + 1) * symbolSize));
      }
      expect(decoder.tryDecode()).toBe(true);
      expect(Buffer.compare(decoder.data(), source)).toBe(0);
      encoder.free();
      decoder.free();
    });
  });

  describe('decoder', () => {
    it('continues after a failed try, past the spare rows too', () => {
      let failures = 0;
      for (let seed = 1; seed <= 3000; seed++)
        failures += roundTrip(oneBlock(10 * 4, 4), seed, 1) > 0 ? 1 : 0;
      // RFC 6330 promises about one failure in a hundred with exactly K symbols
      expect(failures).toBeGreaterThan(3);
      expect(failures).toBeLessThan(90);
    });

    it('solves anew when more symbols wait than a failed solution has room for', () => {
      const k = 10;
      const source = randomBytes(k * 4, 3);
      const encoder = raptorq.createEncoder(oneBlock(k * 4, 4), 0, source);
      for (let first = 10; ; first++) {
        const decoder = raptorq.createDecoder(oneBlock(k * 4, 4), 0);
        for (let i = 0; i < k; i++) decoder.add(first * 20 + i, encoder.symbol(first * 20 + i));
        const failed = !decoder.tryDecode();
        if (failed) {
          for (let i = k; i < k + 100; i++) decoder.add(first * 20 + i, encoder.symbol(first * 20 + i));
          expect(decoder.received).toBe(k + 100);
          expect(decoder.tryDecode()).toBe(true);
          expect(Buffer.compare(decoder.data(), source)).toBe(0);
        }
        decoder.free();
        if (failed) break;
      }
      encoder.free();
    });

    it('survives symbols that all lack the same source symbol, tried now and then', () => {
      const k = 10;
      // with only the last source symbol set, an encoding symbol that lacks it is zero
      const probe = raptorq.createEncoder(oneBlock(k * 4, 4), 0, new Uint8Array(k * 4).fill(1, (k - 1) * 4));
      const probed = probe.symbols(k, 40_000);
      probe.free();
      const useless: number[] = [];
      for (let i = 0; i < 40_000; i++)
        if (probed.subarray(i * 4, i * 4 + 4).every((octet) => octet === 0)) useless.push(k + i);
      expect(useless.length).toBeGreaterThan(100);
      const size = 1280;
      const source = randomBytes(k * size, 11);
      const encoder = raptorq.createEncoder(oneBlock(k * size, size), 0, source);
      for (const pause of [1, 20, 31, 32, 33]) {
        const decoder = raptorq.createDecoder(oneBlock(k * size, size), 0);
        for (let esi = 0; esi < k - 1; esi++) decoder.add(esi, encoder.symbol(esi));
        useless.slice(0, 100).forEach((esi, i) => {
          expect(decoder.add(esi, encoder.symbol(esi))).toBe(true);
          if (i % 40 < 20 || i % pause === 0) expect(decoder.tryDecode()).toBe(false);
        });
        decoder.add(k - 1, encoder.symbol(k - 1));
        expect(decoder.tryDecode()).toBe(true);
        expect(Buffer.compare(decoder.data(), source)).toBe(0);
        decoder.free();
      }
      encoder.free();
    });

    it('refuses what cannot be a symbol of the block', () => {
      const decoder = raptorq.createDecoder(oneBlock(100, 10), 0);
      for (const esi of [-1, 2 ** 24, 1.5, Number.NaN])
        expect(decoder.add(esi, new Uint8Array(10))).toBe(false);
      expect(decoder.add(0, new Uint8Array(9))).toBe(false);
      expect(decoder.add(0, new Uint8Array(11))).toBe(false);
      expect(decoder.received).toBe(0);
      expect(decoder.tryDecode()).toBe(false);
      expect(() => decoder.data()).toThrow(RaptorQError);
      decoder.free();
      expect(() => decoder.tryDecode()).toThrow(RaptorQError);
    });

    it('takes the largest ESIs and any mix of high degrees', () => {
      const k = 50;
      const source = randomBytes(k * 8, 5);
      const encoder = raptorq.createEncoder(oneBlock(k * 8, 8), 0, source);
      const decoder = raptorq.createDecoder(oneBlock(k * 8, 8), 0);
      for (let i = 0; i < k + 5; i++) decoder.add(2 ** 24 - 1 - i, encoder.symbol(2 ** 24 - 1 - i));
      expect(decoder.tryDecode()).toBe(true);
      expect(Buffer.compare(decoder.data(), source)).toBe(0);
      expect(() => encoder.symbol(2 ** 24)).toThrow(RaptorQError);
      encoder.free();
      decoder.free();
    });
  });

  describe('memory', () => {
    it('does not grow over 1,000 blocks', async () => {
      const own = await loadRaptorQ(build);
      const source = randomBytes(200 * 100, 1);
      const oti = oneBlock(source.length, 100);
      const block = () => {
        const encoder = own.createEncoder(oti, 0, source);
        const decoder = own.createDecoder(oti, 0);
        const repair = encoder.symbols(200, 203);
        for (let i = 0; i < 203; i++) decoder.add(200 + i, repair.subarray(i * 100, (i + 1) * 100));
        expect(decoder.tryDecode()).toBe(true);
        encoder.free();
        decoder.free();
      };
      block();
      block();
      const before = own.memoryBytes();
      for (let i = 0; i < 1000; i++) block();
      expect(own.memoryBytes()).toBe(before);
    });

    it('serves many blocks at the same time', () => {
      const source = randomBytes(1000, 2);
      const encoders = Array.from({ length: 5 }, () => raptorq.createEncoder(oneBlock(1000, 50), 0, source));
      const symbols = encoders.map((encoder) => Buffer.from(encoder.symbol(77)).toString('hex'));
      expect(new Set(symbols).size).toBe(1);
      for (const encoder of encoders) encoder.free();
    });
  });

  describe('objects of several source blocks', () => {
    it('are cut and rebuilt block by block', () => {
      const object = randomBytes(100_003, 8);
      const oti: Oti = {
        transferLength: object.length,
        symbolSize: 100,
        sourceBlocks: 7,
        subBlocks: 3,
        alignment: 4,
      };
      const rebuilt = new Uint8Array(object.length);
      for (const { sbn, offset, byteLength, sourceSymbols } of sourceBlocks(oti)) {
        const encoder = raptorq.createEncoder(oti, sbn, object.subarray(offset, offset + byteLength));
        const decoder = raptorq.createDecoder(oti, sbn);
        for (let i = 0; i < sourceSymbols + 3; i++)
          decoder.add(sourceSymbols + i, encoder.symbol(sourceSymbols + i));
        expect(decoder.tryDecode()).toBe(true);
        rebuilt.set(decoder.data(), offset);
        encoder.free();
        decoder.free();
      }
      expect(Buffer.compare(rebuilt, object)).toBe(0);
      expect(() => raptorq.createEncoder(oti, 7, object)).toThrow(RaptorQError);
      expect(() => raptorq.createEncoder(oti, 0, object)).toThrow(RaptorQError);
    });
  });
});

describe('object transmission information', () => {
  it('reads back what it writes, and refuses the rest with its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 16 }), (bytes) => {
        try {
          const oti = parseOti(bytes);
          expect(buildOti(oti)).toEqual(withReservedCleared(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RaptorQError);
        }
      }),
      { numRuns: 2000 },
    );
    const oti: Oti = {
      transferLength: 942_574_504_275,
      symbolSize: 65_535,
      sourceBlocks: 255,
      subBlocks: 1,
      alignment: 1,
    };
    expect(parseOti(buildOti(oti))).toEqual(oti);
  });
});

/** The reserved octet after the transfer length is written as zero. */
function withReservedCleared(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice(0, 12);
  copy[5] = 0;
  return copy;
}
