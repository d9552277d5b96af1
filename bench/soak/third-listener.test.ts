import { createSocket } from 'node:dgram';
import { expect, it, onTestFinished, vi } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import { WAIT } from '../../fixtures/wait.js';
import { testPublisher, testSession } from '../../receiver/testing.js';
import { openThirdListener } from './third-listener.js';

it('counts a symbol that is sent twice, and not one of a later object with the same TOI', async () => {
  const schemes = await loadFecSchemes();
  const common = { crypto: nodeCrypto, schemes, symbolSize: 512, toi: 7 };
  const publisher = await testPublisher(nodeCrypto, 1);
  const [first, later] = await Promise.all(
    [1, 2].map((seed) => testSession({ ...common, publisher, object: createPrng(seed).bytes(5120) })),
  );
  const listener = await openThirdListener(schemes);
  const socket = createSocket('udp4');
  onTestFinished(async () => {
    socket.close();
    await listener.close();
  });
  const port = Number(listener.address.split(':')[1]);
  const send = async (datagrams: readonly Uint8Array[]) => {
    const { datagrams: before } = listener.heard;
    for (const datagram of datagrams)
      await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
    await vi.waitFor(() => expect(listener.heard.datagrams).toBe(before + datagrams.length), WAIT);
  };
  const symbols = await first!.source();
  await send(symbols);
  await send(await later!.source());
  expect(listener.heard).toMatchObject({ symbols: 20, repeated: 0, unreadable: 0 });
  await send(await later!.source());
  expect(listener.heard).toMatchObject({ symbols: 30, repeated: 10 });
});
