import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPeer, type PeerRaptorQ } from '../../bench/codec/raptorq-npm.js';
import { type CoreBuild, loadRaptorQ, type Oti, type RaptorQ } from './index.js';

let peer: PeerRaptorQ;
beforeAll(async () => {
  peer = await loadPeer();
});

/** Blocks small enough that the peer takes one source block and one sub-block; its symbol sizes are multiples of 8. */
const parameters = fc.record({
  k: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 61, max: 1500 })),
  words: fc.integer({ min: 8, max: 24 }),
  short: fc.nat({ max: 7 }),
  seed: fc.integer(),
  loss: fc.double({ min: 0, max: 1, noNaN: true }),
});

interface Case {
  k: number;
  words: number;
  short: number;
  seed: number;
  loss: number;
}

function setUp({ k, words, short, seed, loss }: Case) {
  const symbolSize = words * 8;
  const source = Uint8Array.from(
    { length: k * symbolSize - short },
    (_, i) => Math.imul(i + seed, 2654435761) >>> 23,
  );
  const oti: Oti = { transferLength: source.length, symbolSize, sourceBlocks: 1, subBlocks: 1, alignment: 8 };
  const lost = (esi: number) => (Math.imul(esi ^ seed, 2246822519) >>> 8) / 2 ** 24 < loss;
  return { symbolSize, source, oti, lost, repair: Math.min(k, Math.ceil(k * loss * 1.3) + 10) + 10 };
}

describe.each<CoreBuild>(['simd', 'scalar'])('npm raptorq and our %s build', (build) => {
  let raptorq: RaptorQ;
  beforeAll(async () => {
    raptorq = await loadRaptorQ(build);
  });

  it('decodes what we encode', () => {
    fc.assert(
      fc.property(parameters, (c) => {
        const { symbolSize, source, oti, lost, repair } = setUp(c);
        const encoder = raptorq.createEncoder(oti, 0, source);
        const packets = [];
        for (let esi = 0; esi < c.k + repair; esi++) {
          if (esi >= c.k || !lost(esi)) packets.push({ esi, symbol: encoder.symbol(esi) });
        }
        encoder.free();
        const object = peer.decode(source.length, symbolSize, packets);
        expect(object && Buffer.compare(object, source)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('encodes what we decode', () => {
    fc.assert(
      fc.property(parameters, (c) => {
        const { symbolSize, source, oti, lost, repair } = setUp(c);
        const decoder = raptorq.createDecoder(oti, 0);
        for (const { esi, symbol } of peer.encode(source, symbolSize, repair)) {
          if (esi >= c.k || !lost(esi)) decoder.add(esi, symbol);
        }
        expect(decoder.tryDecode()).toBe(true);
        expect(Buffer.compare(decoder.data(), source)).toBe(0);
        decoder.free();
      }),
      { numRuns: 60 },
    );
  });
});
