import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../../codecs/fec/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import {
  knownEdition,
  type TestPublisher,
  type TestSession,
  testPublisher,
  testSession,
} from '../../testing.js';
import type { ReceiverOptions } from '../interface.js';
import { createReceiver } from '../receiver.js';
import { createDelayed } from './delayed.js';

let schemes: FecSchemes;
let publisher: TestPublisher;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
});

/** A receiver that nobody asks for `idle`, as with a source that never ends. */
function listen(sent: TestSession, options: Partial<ReceiverOptions>) {
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes: schemes,
    trust: [publisher],
    editions: [knownEdition(publisher, [sent])],
    checkDelay: 5,
    ...options,
  });
  const verified = new Promise((resolve) => receiver.on('part', resolve));
  return { receiver, verified };
}

const K = 20;
const session = () =>
  testSession({ crypto: nodeCrypto, schemes, publisher, object: nodeCrypto.randomBytes(64 * K) });

describe('the check of a datagram', () => {
  it.each(['lazy', 'eager'] as const)('waits no longer than it may: %s, with forgeries', async (verify) => {
    const sent = await session();
    const { receiver, verified } = listen(sent, { verify });
    receiver.push(await sent.fdt());
    const genuine = await sent.symbols(0, 0, K + 3);
    const forged = await sent.symbols(0, K + 3, 2);
    for (const each of forged) each[each.length - 1]! ^= 1;
    for (const each of [...forged, ...genuine.slice(0, K - 2)]) receiver.push(each);
    // by now it is known that some are forged
    while (receiver.counters.forged < 2) await setTimeout(1);
    for (const each of genuine.slice(K - 2)) receiver.push(each);
    await verified;
    await receiver.close();
  });

  it('waits for others as long as it takes when nothing is to be feared', async () => {
    const sent = await session();
    const { receiver } = listen(sent, { verify: 'eager', checkDelay: Number.POSITIVE_INFINITY });
    receiver.push(await sent.fdt());
    for (const each of await sent.source()) receiver.push(each);
    await setTimeout(50);
    expect(receiver.counters.kept).toBe(0);
    await receiver.idle();
    expect(receiver.counters.kept).toBe(K);
    await receiver.close();
  });
});

it('what is delayed is left when it is closed', async () => {
  let done = 0;
  const delayed = createDelayed(1);
  delayed.add(() => done++);
  await setTimeout(20);
  expect(done).toBe(1);
  delayed.add(() => done++);
  delayed.close();
  await setTimeout(20);
  expect(done).toBe(1);
});
