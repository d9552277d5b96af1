import { createSocket } from 'node:dgram';
import { expect, it, onTestFinished, vi } from 'vitest';
import { copyBytes } from '../../../codecs/bytes.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { WAIT } from '../../../fixtures/wait.js';
import { openListeningSocket } from '../../../receiver/live/index.js';
import { testEdition, testPublisher } from '../../../receiver/testing.js';
import { createPrng } from '../../channel/index.js';
import { MEANS_OF_A_LISTENER } from '../means/list.js';
import { startAttack } from './attack.js';

const own = { address: '127.0.0.1', port: 0 };
const fail = (error: Error) => {
  throw error;
};

it('sends what it has heard, and what it makes of it, by all its means', async () => {
  const publisher = await testPublisher(nodeCrypto, 1);
  const parts = [createPrng(1).bytes(4000)];
  const edition = await testEdition({
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    publisher,
    parts,
  });
  const genuine = [...(await edition.announce()), ...(await edition.send())];
  const received: Uint8Array[] = [];
  const receiver = await openListeningSocket(
    { listenAt: own },
    (each) => received.push(copyBytes(each)),
    fail,
  );
  onTestFinished(receiver.close);
  const attack = await startAttack({
    from: { listenAt: own },
    to: [receiver.listensAt],
    rate: 4e6,
    seed: 7,
    onError: fail,
  });
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  for (const datagram of genuine)
    await new Promise((resolve) => socket.send(datagram, attack.listensAt.port, own.address, resolve));
  const hasUsedAll = () => expect(Object.keys(attack.tally)).toHaveLength(MEANS_OF_A_LISTENER.length);
  await vi.waitFor(hasUsedAll, WAIT);
  await attack.close();
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const known = new Set(genuine.map(hex));
  expect(received.some((each) => known.has(hex(each)))).toBe(true);
  expect(received.some((each) => !known.has(hex(each)))).toBe(true);
});
