import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { nodeCrypto as crypto } from '../../../../codecs/node/crypto.js';
import { createNotices } from '../notices.js';
import type { Reception } from '../reception.js';
import { takeSigned } from './signed.js';

/** Other bytes each time that it is read. */
class FickleFile extends Blob {
  reads = 0;
  override slice(from?: number, to?: number): Blob {
    return new Blob([new Uint8Array(this.size).fill(++this.reads)]).slice(from, to);
  }
  override stream() {
    return this.slice(0, this.size).stream();
  }
}

it('uses of a part the bytes that were hashed, whatever its file holds later', async () => {
  const content = new FickleFile([new Uint8Array(3000)]);
  const sha256 = createHash('sha256').update(new Uint8Array(3000).fill(1)).digest('hex');
  const index = { parts: [{ sha256, bytes: 3000 }] };
  const used: number[] = [];
  const reception = {
    shelf: new Map([['news', { newest: { index } }]]),
    async addPart(_: unknown, read: Parameters<Reception['addPart']>[1]) {
      for (let again = 0; again < 2; again++) for await (const piece of read()) used.push(...new Set(piece));
    },
  } as unknown as Reception;
  const notices = createNotices();
  await takeSigned([{ name: 'part', content }], [], { crypto, reception, notices });
  expect(notices.all()).toEqual([]);
  expect(used).toEqual([1, 1]);
});

it('holds signatures against indexes of their names first, and against no more than a bounded number', async () => {
  const read: string[] = [];
  const file = (name: string) => {
    const content = new Blob([name]);
    content.arrayBuffer = async () => {
      read.push(name);
      return new ArrayBuffer(9);
    };
    return { name, content };
  };
  const packed = Array.from({ length: 100 }, (_, i) => file(`${i}.zst`));
  const signatures = packed.map(({ name }) => ({ name: `${name}.minisig`, content: new Blob(['?']) }));
  const reception = {
    shelf: new Map(),
    publishers: () => [],
    addStatements: async () => false,
  } as unknown as Reception;
  const notices = createNotices();
  await takeSigned(packed, signatures.reverse(), { crypto, reception, notices });
  expect(read.slice(0, 3)).toEqual(['99.zst', '0.zst', '1.zst']);
  expect(read.length).toBe(2000);
  expect(notices.all()).toContainEqual({ kind: 'unlisted', name: '99.zst.minisig' });
});
