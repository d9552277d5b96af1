import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { equalBytes } from '../../../codecs/bytes.js';
import { createMemoryStore } from '../../engine/ports/memory-store.js';
import type { DatagramStore } from '../../engine/ports/store.js';
import { createFileSinks } from '../../files/file-sink.js';
import { createFileStore } from './temporary-files.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-store-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each([
  ['memory', createMemoryStore],
  ['files', () => createFileStore(directory)],
])('a store in %s gives back what was appended, in any order', async (_, create) => {
  const store: DatagramStore = create();
  const datagram = fc.record({
    object: fc.constantFrom('a', 'b'),
    group: fc.nat(300),
    value: fc.nat(255),
    length: fc.oneof(fc.nat(3000), fc.nat(65_507)),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(datagram, { maxLength: 400 }), async (datagrams) => {
      const references: { object: string; reference: number; bytes: Uint8Array }[] = [];
      for (const { object, group, length, value } of datagrams) {
        const bytes = new Uint8Array(length).fill(value);
        const lent = bytes.slice();
        references.push({ object, reference: (await store.append(object, lent, group))!, bytes });
        lent.fill(value + 1);
      }
      for (const object of ['a', 'b']) {
        const own = references.filter((each) => each.object === object).reverse();
        const read: Uint8Array[] = [];
        await store.read(
          object,
          own.map(({ reference }) => reference),
          (bytes, index) => {
            read[index] = bytes.slice();
          },
        );
        expect(read).toHaveLength(own.length);
        // toEqual would compare number by number, which takes long
        const wrong = own.findIndex(({ bytes }, index) => !equalBytes(read[index]!, bytes));
        expect(wrong, 'index of a datagram that came back changed').toBe(-1);
        await store.drop(object);
      }
    }),
    { numRuns: 20 },
  );
  expect(() => store.read('a', [0], () => {})).toThrow(RangeError);
});

it('a sink in a file is written in any order and read more than once', async () => {
  const sink = await createFileSinks(directory).create({ id: 'x', transferLength: 3_000_000 });
  await sink.write(1_500_000, new Uint8Array(1_500_000).fill(2));
  await sink.write(0, new Uint8Array(1_500_000).fill(9));
  await sink.write(0, new Uint8Array(1_500_000).fill(1));
  for (let round = 0; round < 2; round++) {
    let sum = 0;
    let length = 0;
    for await (const chunk of sink.read()) {
      length += chunk.length;
      sum += chunk.reduce((total, byte) => total + byte, 0);
    }
    expect({ length, sum }).toEqual({ length: 3_000_000, sum: 4_500_000 });
  }
  await sink.discard();
  expect(readdirSync(directory)).toEqual([]);
});
