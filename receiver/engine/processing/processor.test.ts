import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../../codecs/node/crypto.js';
import { bytesOf, testEdition, testPublisher, testReceiver } from '../../testing.js';
import { createMemorySink } from '../ports/sink.js';

/** The same schemes, and the most decoders that were there at a time. */
function countDecoders(schemes: FecSchemes) {
  const counted = { now: 0, most: 0 };
  const counting = [...schemes].map(([id, scheme]) => {
    const createBlockDecoder: typeof scheme.createBlockDecoder = (parameters, block) => {
      const decoder = scheme.createBlockDecoder(parameters, block);
      counted.most = Math.max(counted.most, ++counted.now);
      return {
        ...decoder,
        free() {
          counted.now--;
          decoder.free();
        },
      };
    };
    return [id, { ...scheme, createBlockDecoder }] as const;
  });
  return { counted, schemes: new Map(counting) as FecSchemes };
}

it('holds two blocks in memory, however long it takes to write them', async () => {
  const { counted, schemes } = countDecoders(await loadFecSchemes());
  const publisher = await testPublisher(crypto, 1);
  const part = crypto.randomBytes(64_000);
  const blocks = 20;
  const sent = await testEdition({ crypto, schemes, publisher, parts: [part], symbolSize: 64, blocks });
  const r = testReceiver({
    crypto,
    fecSchemes: schemes,
    trust: [publisher],
    createSink() {
      const sink = createMemorySink();
      return {
        ...sink,
        async write(offset, bytes) {
          await wait(5);
          await sink.write(offset, bytes);
        },
      };
    },
  });
  await r.feed([...(await sent.announce()), ...(await sent.send())]);
  expect(await bytesOf(r.complete[0]!.content)).toEqual(part);
  expect(counted).toEqual({ now: 0, most: 2 });
  await r.receiver.close();
});
