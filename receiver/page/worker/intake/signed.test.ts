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
}

it('uses of a part the bytes that were hashed, whatever its file holds later', async () => {
  const content = new FickleFile([new Uint8Array(3000)]);
  const sha256 = createHash('sha256').update(new Uint8Array(3000).fill(1)).digest('hex');
  const index = { parts: [{ sha256, bytes: 3000 }] };
  const used: number[] = [];
  const reception = {
    shelf: new Map([['news', { newest: { index } }]]),
    async addPart(_: unknown, { read }: Parameters<Reception['addPart']>[1]) {
      for (let again = 0; again < 2; again++) for await (const piece of read()) used.push(...new Set(piece));
    },
  } as unknown as Reception;
  const notices = createNotices();
  await takeSigned([{ name: 'part', content }], [], { crypto, trust: [], reception, notices });
  expect(notices.all()).toEqual([]);
  expect(used).toEqual([1, 1]);
});
