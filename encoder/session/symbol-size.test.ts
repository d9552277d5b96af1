import { describe, expect, it } from 'vitest';
import { symbolsToSend } from './repair.js';
import { objectSymbolSize } from './symbol-size.js';

const MTU = 1500;
const OVERHEAD = 112;
const LARGEST = MTU - OVERHEAD;

const airtime = (bytes: number, size: number) =>
  symbolsToSend(Math.ceil(bytes / size), 0.2, 1e-4) * (OVERHEAD + size);

describe('objectSymbolSize', () => {
  it('is that of least airtime for small objects', () => {
    for (const bytes of [1, 100, 900, 2700, 9000, 30_000, 80_000]) {
      const size = objectSymbolSize('raptorq', bytes, MTU, OVERHEAD);
      expect(size % 4).toBe(0);
      expect(size).toBeLessThanOrEqual(LARGEST);
      for (const other of [100, 200, 400, 800, LARGEST]) {
        if (bytes / other <= 64) expect(airtime(bytes, size)).toBeLessThanOrEqual(airtime(bytes, other));
      }
    }
    const size = objectSymbolSize('raptorq', 900, MTU, OVERHEAD);
    expect(airtime(900, size)).toBeLessThan(0.5 * airtime(900, LARGEST));
  });

  it('fills the packets of large objects, and without a code', () => {
    expect(objectSymbolSize('raptorq', 64 * LARGEST + 1, MTU, OVERHEAD)).toBe(LARGEST);
    expect(objectSymbolSize('no-code', 900, MTU, OVERHEAD)).toBe(LARGEST);
  });
});
