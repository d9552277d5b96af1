import { beforeAll, describe, expect, it } from 'vitest';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import {
  bytesOf,
  knownEdition,
  type TestPublisher,
  testPublisher,
  testReceiver,
  testSession,
} from '../testing.js';
import { formatFlow, parseFlow } from './ports/flow.js';
import { createMemoryStore } from './ports/memory-store.js';

const CHANNELS = ['239.1.2.3:4001', '239.1.2.4:4002', '[ff15::1]:4001'];
const from = (source: string, destination = CHANNELS[0]!) => ({ source, destination });

let schemes: FecSchemes;
let publisher: TestPublisher;
const object = createPrng(1).bytes(1000);

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
});

const sessionOf = (by: TestPublisher | undefined) =>
  testSession({ object, crypto: nodeCrypto, schemes, publisher: by, symbolSize: 100 });

const receiving = (options = {}) =>
  testReceiver({ crypto: nodeCrypto, fecSchemes: schemes, trust: [publisher], ...options });

describe('a session that nobody signed is sender and TSI (RFC 5775 section 2)', () => {
  it('is one on all of its channels', async () => {
    const sent = await sessionOf(undefined);
    const source = await sent.source();
    const { receiver, complete, feed } = receiving({ allowUnsigned: true });
    await feed([await sent.fdt()], from('192.0.2.1'));
    for (const [i, each] of source.entries()) await feed([each], from('192.0.2.1', CHANNELS[i % 3]));
    for (const channel of CHANNELS) await feed([await sent.fdt(), ...source], from('192.0.2.1', channel));
    expect(complete).toHaveLength(1);
    expect(await bytesOf(complete[0]!.content)).toEqual(object);
    expect(receiver.objects()).toHaveLength(1);
  });

  it('is another one of another sender, also after a restart', async () => {
    const sent = await sessionOf(undefined);
    const source = await sent.source();
    const store = createMemoryStore();
    const first = receiving({ allowUnsigned: true, store });
    for (const sender of ['192.0.2.1', '192.0.2.2'])
      await first.feed([await sent.fdt(), ...source.slice(0, 5)], from(sender));
    const second = receiving({ allowUnsigned: true, store });
    await second.receiver.restore();
    expect(second.receiver.objects()).toHaveLength(2);
    await second.feed(source.slice(5), from('192.0.2.2', CHANNELS[1]));
    expect(second.complete.map((each) => each.object.session)).toMatchObject([{ source: '192.0.2.2' }]);
  });

  it('is told by the destination where the sender is not known', async () => {
    const sent = await sessionOf(undefined);
    const { receiver, feed } = receiving({ allowUnsigned: true });
    for (const destination of CHANNELS) await feed([await sent.fdt()], { destination });
    expect(receiver.objects()).toHaveLength(3);
  });
});

describe('a signed session is uplink key and TSI', () => {
  it('is one whatever addresses stand in the headers', async () => {
    const sent = await sessionOf(publisher);
    const { receiver, complete, feed, rejected } = receiving({
      editions: [knownEdition(publisher, [sent])],
    });
    const sessions: unknown[] = [];
    receiver.on('session', (session) => sessions.push(session));
    await feed([await sent.fdt()], from('192.0.2.1'));
    await feed([await sent.fdt()], from('192.0.2.66', CHANNELS[1]));
    for (const [i, each] of (await sent.source()).entries())
      await feed([each], from(`198.51.100.${i}`, CHANNELS[i % 3]));
    expect(await bytesOf(complete[0]!.content)).toEqual(object);
    expect(sessions).toMatchObject([{ tsi: 7, ...from('192.0.2.1') }]);
    expect(rejected).toEqual([]);
  });
});

it('a flow as a store keeps it says what it said', () => {
  for (const flow of [
    { source: '192.0.2.1', destination: CHANNELS[0] },
    { source: '::1' },
    { destination: 'a' },
    {},
  ])
    expect(parseFlow(formatFlow(flow))).toEqual(flow);
});
