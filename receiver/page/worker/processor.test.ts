import { afterEach, expect, it, vi } from 'vitest';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../../codecs/node/crypto.js';
import { createMemoryStore } from '../../engine/ports/memory-store.js';
import { createMemorySink } from '../../engine/ports/sink.js';
import type { WorkOrder } from '../../engine/processing/processor.js';
import { createProcessor } from './processor.js';

const open = async () =>
  createProcessor({ crypto, schemes: await loadFecSchemes(), store: createMemoryStore() });
const orderOf = (transferLength: number) => ({ id: '', parameters: { transferLength } }) as WorkOrder;

/** In pieces that somebody writes over. */
function sinkOf(bytes: Uint8Array) {
  return {
    ...createMemorySink(),
    async *read() {
      for (let at = 0; at < bytes.length; at += 70_000) {
        const lent = bytes.slice(at, at + 70_000);
        yield lent;
        lent.fill(0);
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
  };
}

afterEach(() => vi.unstubAllGlobals());

it.each([true, false])(
  'hashes objects of any length, several at a time (WebCrypto: %s)',
  async (hasWebCrypto) => {
    if (!hasWebCrypto) vi.stubGlobal('crypto', {});
    const processor = await open();
    const lengths = [0, 1, 70_000, 300_000, 2 ** 22, 2 ** 22 + 1];
    for (let again = 0; again < 2; again++) {
      const hashed = lengths.map(async (length, i) => {
        const bytes = new Uint8Array(length).fill(i + again);
        const digest = await processor.digest(orderOf(length), sinkOf(bytes), () => true);
        expect(digest).toEqual(crypto.sha256(bytes));
      });
      await Promise.all(hashed);
    }
  },
);
