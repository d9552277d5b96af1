import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import * as browser from '../index.js';
import * as node from '../node.js';
import { bytesOf, testBundle, testPublisher, testSession } from '../testing.js';

const FILES = {
  'a/b/noise.bin': createPrng(1).bytes(5000),
  'empty.txt': new Uint8Array(0),
  'index.html': utf8Encode('<p>소식</p>'),
};

type Options = browser.OpenReceiverOptions;
type Verified = browser.ReceiverEvents['verified'];

let schemes: FecSchemes;
let key = '';
let publisher: Awaited<ReturnType<typeof testPublisher>>;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(crypto, 1);
  key = formatPublicKey(publisher);
});

/** The datagrams of an object that the publisher signed. */
async function datagramsOf(object: Uint8Array): Promise<Uint8Array[]> {
  const session = await testSession({ crypto, schemes, publisher, object });
  return [await session.fdt(), ...(await session.source())];
}

/** What a receiver makes of an object. */
async function receive(object: Uint8Array, options: Partial<Options> = {}, { openReceiver } = node) {
  const receiver = await openReceiver({ trust: key, ...options });
  const verified: Verified[] = [];
  receiver.on('verified', (event) => verified.push(event));
  for (const datagram of await datagramsOf(object)) receiver.push(datagram);
  await receiver.idle();
  expect(verified.length).toBe(1);
  return { receiver, ...verified[0]! };
}

async function filesOf(content: browser.EditionContent): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const file of content.files()) {
    files[file.path] = await file.bytes();
    expect(files[file.path]!.length).toBe(file.size);
  }
  return files;
}

describe('content', () => {
  it.each([
    ['node', node],
    ['web', browser],
  ])('is read as files, again and again: %s', async (_, library) => {
    const object = await testBundle(crypto, FILES);
    const { content } = await receive(object, {}, library as typeof node);
    expect(await filesOf(content)).toEqual(FILES);
    expect(await filesOf(content)).toEqual(FILES);
    expect(await bytesOf(content)).toEqual(object);
  });

  it('is read in pieces, in part, or not at all', async () => {
    const { content } = await receive(await testBundle(crypto, FILES));
    const paths: string[] = [];
    for await (const file of content.files()) {
      paths.push(file.path);
      if (file.path !== 'index.html') continue;
      const pieces: Uint8Array[] = [];
      for await (const piece of file.stream()) pieces.push(piece.slice());
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(FILES['index.html']));
    }
    expect(paths).toEqual(Object.keys(FILES));
    for await (const file of content.files()) {
      expect(file.path).toBe('a/b/noise.bin');
      break;
    }
  });

  it('says so when a file is read twice or too late', async () => {
    const { content } = await receive(await testBundle(crypto, FILES));
    let first: browser.ContentFile | undefined;
    for await (const file of content.files()) {
      if (first === undefined) {
        first = file;
        continue;
      }
      await expect(first.bytes()).rejects.toThrow('a/b/noise.bin cannot be read any more');
      await file.bytes();
      expect(() => file.stream()).toThrow(`${file.path} is read already`);
    }
  });

  it.each([
    ['files are too large', { maxContentBytes: 5000 }, /5000 are allowed/],
    ['files are too many', { maxFiles: 4 }, /has 5 files and directories; 4 are allowed/],
  ])('is refused where its %s', async (_, limits, message) => {
    const { content } = await receive(await testBundle(crypto, FILES), { limits });
    await expect(filesOf(content)).rejects.toThrow(message);
  });

  it('that a publisher signed and that is no bundle ends in an error of its own kind', async () => {
    const damaged = (await testBundle(crypto, FILES)).slice(0, -20);
    const anything = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.constant(damaged));
    await fc.assert(
      fc.asyncProperty(anything, async (object) => {
        const { content, receiver } = await receive(object);
        await expect(filesOf(content)).rejects.toMatchObject({
          name: expect.stringMatching(/^(Zstd|Bundle)Error$/),
        });
        await receiver.close();
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('trust', () => {
  it('is a line, a file, a parsed key, or several', async () => {
    const object = await testBundle(crypto, FILES);
    const other = formatPublicKey(await testPublisher(crypto, 2));
    const line = key.trim().split('\n')[1]!;
    const spellings = [line, key, publisher, [other, line], [publisher]];
    for (const trust of spellings)
      expect((await receive(object, { trust })).object.edition.name).toBe('news');
    const receiver = await node.openReceiver({ trust: other });
    for (const datagram of await datagramsOf(object)) receiver.push(datagram);
    await receiver.idle();
    expect(receiver.counters['untrusted-publisher']).toBeGreaterThan(0);
    expect(receiver.objects()).toEqual([]);
  });

  it('can be none where unsigned sessions are read', async () => {
    const receiver = await node.openReceiver({ allowUnsigned: true });
    const found: Uint8Array[] = [];
    receiver.on('unsigned', async ({ content }) => found.push(await bytesOf(content)));
    const session = await testSession({ crypto, schemes, object: utf8Encode('text') });
    for (const datagram of [await session.fdt(), ...(await session.source())]) receiver.push(datagram);
    await receiver.idle();
    await expect.poll(() => found).toEqual([utf8Encode('text')]);
  });
});

describe('what plain JavaScript may get wrong is an error with a sentence', () => {
  it.each<[string, unknown, string]>([
    ['no options', undefined, 'openReceiver takes an object with options, not undefined.'],
    ['no trust', {}, "openReceiver needs a publisher's public key as trust"],
    ['an empty trust', { trust: [] }, "openReceiver needs a publisher's public key as trust"],
    ['a key that is none', { trust: 'RWQx' }, "trust is no publisher's public key: "],
    ['a key of several that is none', { trust: ['x'] }, "trust[0] is no publisher's public key: "],
    [
      'a key of a wrong type',
      { trust: new URL('file:///publisher.pub') },
      "trust needs a publisher's public key: the line that begins with RW, or the text of the file; not an object (URL).",
    ],
    ['an unknown option', { turst: 'x' }, 'openReceiver has no option "turst"; there is trust, limits, '],
    ['an option of every object', { constructor: 1 }, 'openReceiver has no option "constructor"'],
    ['a wrong word', { verify: 'always' }, 'openReceiver: verify needs "lazy" or "eager", not "always".'],
    ['a wrong type', { allowUnsigned: 'yes' }, 'openReceiver: allowUnsigned needs true or false, not "yes".'],
    [
      'a store that is none',
      { store: 'store' },
      'openReceiver: store needs a store, such as openIndexedDbStore opens, not "store".',
    ],
    [
      'a signal that is none',
      { signal: new AbortController() },
      'openReceiver: signal needs an AbortSignal, not an object (AbortController).',
    ],
    [
      'an unknown limit',
      { limits: { maxBytes: 1 } },
      'limits has no option "maxBytes"; there is maxSessions, ',
    ],
    [
      'a limit that is none',
      { limits: { maxFiles: -1 } },
      'limits: maxFiles needs a number above 0, not -1.',
    ],
    [
      'a limit that is no number',
      { limits: { maxFiles: Number.NaN } },
      'limits: maxFiles needs a number above 0, not NaN.',
    ],
  ])('%s', async (_, options, message) => {
    const given = { trust: key, ...(options as object) };
    const opened = ['no options', 'no trust'].includes(_) ? options : given;
    await expect(node.openReceiver(opened as Options)).rejects.toThrow(TypeError);
    await expect(browser.openReceiver(opened as Options)).rejects.toThrow(message);
  });

  it('what is pushed', async () => {
    const receiver = await node.openReceiver({ trust: key, limits: { maxFiles: undefined as never } });
    const push = receiver.push as (...args: unknown[]) => unknown;
    for (const wrong of [
      'text',
      undefined,
      null,
      new ArrayBuffer(4),
      [1, 2],
      new DataView(new ArrayBuffer(4)),
    ]) {
      expect(() => push(wrong)).toThrow(/^push takes a datagram as a Uint8Array, not .*\.$/);
    }
    expect(() => push(new Uint8Array(1), '239.255.0.1:4001')).toThrow('push takes the destination');
    expect(() => push(new Uint8Array(1), { destination: 4001 })).toThrow('push takes the destination');
    for (const right of [new Uint8Array(0), Buffer.from('text')]) push(right, { address: '192.0.2.1' });
    await receiver.idle();
    expect(receiver.counters.datagrams).toBe(2);
  });

  it('what is listened to', async () => {
    const receiver = await node.openReceiver({ trust: key });
    const on = receiver.on as (...args: unknown[]) => unknown;
    expect(() => on('complete', () => {})).toThrow(
      'A receiver has no event "complete"; there is session, announced',
    );
    expect(() => on('toString', () => {})).toThrow('A receiver has no event "toString"');
    expect(() => on('verified')).toThrow('The listener of "verified" is no function.');
  });
});

describe('for Node', () => {
  it('hears UDP datagrams', async () => {
    const object = await testBundle(crypto, FILES);
    const receiver = await node.openReceiver({ trust: key });
    const verified = new Promise<Verified>((resolve) => receiver.on('verified', resolve));
    const udp = await node.listenUdp('127.0.0.1:0', (datagram) => receiver.push(datagram));
    const { createSocket } = await import('node:dgram');
    const sender = createSocket('udp4');
    const port = Number(udp.address.split(':')[1]);
    for (const datagram of await datagramsOf(object)) sender.send(datagram, port, '127.0.0.1');
    expect(await filesOf((await verified).content)).toEqual(FILES);
    sender.close();
    await udp.close();
  });

  it('says what is wrong with an address', async () => {
    const take = () => {};
    for (const address of ['news.example', '239.255.0.1', undefined]) {
      await expect(node.listenUdp(address as string, take)).rejects.toThrow(
        'listenUdp takes an address and a port',
      );
    }
    await expect(node.listenUdp('127.0.0.1:0', undefined as never)).rejects.toThrow('takes a function');
    const wrong = { interface: 'eth0' } as node.ListenUdpOptions;
    await expect(node.listenUdp('127.0.0.1:0', take, wrong)).rejects.toThrow('has no option "interface"');
  });
});
