import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { parseFdt } from '../../codecs/fdt/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { instanceIdOf } from './fdt.js';
import { toiOf } from './session.js';

describe('toiOf', () => {
  it('follows from the first two bytes of the digest: 1 to 65,535', () => {
    expect(toiOf(Uint8Array.of(0, 0, 9))).toBe(1);
    expect(toiOf(Uint8Array.of(0x12, 0x34))).toBe(0x1235);
    expect(toiOf(Uint8Array.of(0xff, 0xfe))).toBe(0xffff);
    expect(toiOf(Uint8Array.of(0xff, 0xff))).toBe(1);
  });

  it('avoids those that are taken, and never gives 0, the TOI of the tables', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.array(fc.integer({ min: 1, max: 0xffff }), { maxLength: 50 }),
        (sha256, others) => {
          const own = toiOf(sha256);
          const taken = new Set([...others, own, (own % 0xffff) + 1]);
          const toi = toiOf(sha256, taken);
          expect(taken.has(toi)).toBe(false);
          expect(toi >= 1 && toi <= 0xffff).toBe(true);
        },
      ),
    );
  });
});

it('gives the TOIs and the instance ID of the example in docs/wire-format.md', () => {
  const page = readFileSync(new URL('../../docs/wire-format.md', import.meta.url), 'utf8');
  const [, id, xml] = /its instance ID is ([\d,]+):\n\n```xml fdt-example\n([^`]*)\n```/.exec(page)!;
  const { files } = parseFdt(utf8Encode(xml!));
  expect(files.map(({ sha256 }) => toiOf(sha256!))).toEqual(files.map(({ toi }) => toi));
  expect(instanceIdOf(nodeCrypto, utf8Encode(xml!)).toLocaleString('en-US')).toBe(id);
});
