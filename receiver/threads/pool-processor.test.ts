import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { equalBytes } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createLocalProcessor } from '../engine/processing/processor.js';
import { createFileSinks } from '../files/file-sink.js';
import { openDirectoryStore } from '../stores/directory/directory.js';
import { createFileStore } from '../stores/directory/temporary-files.js';
import { bytesOf, testEdition, testPublisher, testReceiver } from '../testing.js';
import { createPoolProcessor } from './pool-processor.js';
import { createWorkerPool } from './tasks.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-pool-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it.each([
  ['temporary files', 'lazy', () => createFileStore(directory)],
  ['a directory', 'eager', () => openDirectoryStore(join(directory, 'store'), { maxBytes: 2 ** 30 })],
] as const)(
  'parts are rebuilt, checked and hashed in other threads, with %s, %s',
  async (_, verify, open) => {
    const schemes = await loadFecSchemes();
    const publisher = await testPublisher(nodeCrypto, 1);
    // the smaller one is done in this thread
    const parts = [3_000_000, 100_000, 1_500_000].map((length) => {
      const half = nodeCrypto.randomBytes(65_536);
      return Uint8Array.from({ length }, (_, i) => half[i & 0xffff]! ^ (i >>> 16));
    });
    const common = { crypto: nodeCrypto, schemes, publisher, symbolSize: 1388, blocks: 3, depth: 3 };
    const sent = await testEdition({ ...common, parts });
    const store = await open();
    const sinks = createFileSinks(directory);
    const pool = createWorkerPool(2);
    const local = createLocalProcessor({ crypto: nodeCrypto, schemes, store });
    const r = testReceiver({
      crypto: nodeCrypto,
      fecSchemes: schemes,
      trust: [publisher],
      verify,
      store,
      createSink: sinks.create,
      processor: createPoolProcessor(pool, local, store, sinks),
    });
    const forged = await sent.parts[0]!.datagram(0, 9, new Uint8Array(1388), new Uint8Array(32).fill(0x66));
    const [first, ...rest] = await sent.send();
    await r.feed([...(await sent.announce()), first!, ...rest.slice(0, 4), forged, ...rest]);
    for (const part of sent.parts) await r.feed(await part.symbols(0, 2000, 20));
    expect(r.complete.length).toBe(parts.length);
    for (const { content } of r.complete) {
      const bytes = await bytesOf(content);
      expect(parts.some((part) => equalBytes(part, bytes))).toBe(true);
      await content.release();
    }
    await r.receiver.close();
    await pool.close();
    if ('close' in store) await store.close();
  },
);
