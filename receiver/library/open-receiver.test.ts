import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toHex, utf8Encode } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import * as browser from '../index.js';
import * as node from '../node.js';
import {
  bytesOf,
  type TestEdition,
  type TestEditionOptions,
  type TestFiles,
  testEdition,
  testEditionOf,
  testPart,
  testPublisher,
  testSession,
} from '../testing.js';

const FRONT: TestFiles = { 'index.html': utf8Encode('<p>소식</p>') };
const FILES: TestFiles = {
  'a/b/noise.bin': createPrng(1).bytes(5000),
  'a/words.txt': utf8Encode('word '.repeat(1000)),
  'empty.txt': new Uint8Array(0),
};

type Options = browser.OpenReceiverOptions;

let schemes: FecSchemes;
let key = '';
let publisher: Awaited<ReturnType<typeof testPublisher>>;
let sent: TestEdition;
beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(crypto, 1);
  key = formatPublicKey(publisher);
  sent = await editionOf([FRONT, FILES]);
});

const editionOf = (trees: readonly TestFiles[], more: Partial<TestEditionOptions> = {}) =>
  testEditionOf(trees, { crypto, schemes, publisher, ...more });

/** What a receiver makes of datagrams. */
async function receive(
  datagrams: readonly Uint8Array[],
  options: Partial<Options> = {},
  { openReceiver } = node,
) {
  const receiver = await openReceiver({ trust: key, ...options });
  const editions: browser.IndexArrival[] = [];
  const parts: browser.PartArrival[] = [];
  receiver.on('edition', (event) => editions.push(event));
  receiver.on('part', (event) => parts.push(event));
  for (const datagram of datagrams) receiver.push(datagram);
  await receiver.idle();
  return { receiver, editions, parts };
}

/** The content of a part with these files, or of an object, as an application gets it. */
async function received(files: TestFiles | Uint8Array, options: Partial<Options> = {}) {
  const edition = await (files instanceof Uint8Array
    ? testEdition({ crypto, schemes, publisher, parts: [files] })
    : editionOf([files]));
  const { parts } = await receive([...(await edition.announce()), ...(await edition.send())], options);
  expect(parts.length).toBe(1);
  return parts[0]!;
}

async function filesOf(content: browser.PartContent): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const file of content.files()) {
    files[file.path] = await file.bytes();
    expect(files[file.path]!.length).toBe(file.size);
  }
  return files;
}

describe('an edition', () => {
  it('is shown by its index, and then arrives part by part', async () => {
    const r = await receive(await sent.announce());
    expect(r.editions.length).toBe(1);
    const { edition, index } = r.editions[0]!;
    expect(edition).toMatchObject({ name: 'news', sequence: 5 });
    expect(index.parts).toMatchObject([
      { class: 'front', label: 'index.html', files: 1, unpacked: 13 },
      { class: 'text', label: '/', files: 3, unpacked: 10_000 },
    ]);
    const states = () => r.receiver.editions().map(({ parts }) => parts.map(({ state }) => state));
    expect(states()).toEqual([['missing', 'missing']]);

    const [table, first, ...others] = await sent.send(1);
    for (const datagram of [...(await sent.send(0)), table!, first!]) r.receiver.push(datagram);
    await r.receiver.idle();
    expect(states()).toEqual([['complete', 'receiving']]);
    expect(r.parts.map(({ part }) => part)).toEqual([index.parts[0]]);
    expect(r.parts[0]!.editions).toEqual([edition]);
    expect(await filesOf(r.parts[0]!.content)).toEqual(FRONT);

    for (const datagram of others) r.receiver.push(datagram);
    await r.receiver.idle();
    expect(states()).toEqual([['complete', 'complete']]);
    expect(await filesOf(r.parts[1]!.content)).toEqual(FILES);
    await r.receiver.close();
  });

  it('that an application has is not told again, and parts that it has are not received', async () => {
    const known = (await receive(await sent.announce())).editions;
    const front = known[0]!.index.parts[0]!.sha256;
    const isHeld = ({ sha256 }: browser.PartId) => sha256 === front;
    const { receiver, editions, parts } = await receive(
      [...(await sent.announce()), ...(await sent.send())],
      { editions: known, isHeld },
    );
    expect(editions).toEqual([]);
    expect(parts.map(({ part }) => part.label)).toEqual(['/']);
    expect(receiver.editions()[0]!.parts.map(({ state }) => state)).toEqual(['held', 'complete']);
  });
});

describe('the content of a part', () => {
  it.each([
    ['node', node],
    ['web', browser],
  ])('is read as files, again and again: %s', async (_, library) => {
    const datagrams = [...(await sent.announce()), ...(await sent.send(1))];
    const { parts } = await receive(datagrams, {}, library as typeof node);
    const { content, part } = parts[0]!;
    expect(await filesOf(content)).toEqual(FILES);
    expect(await filesOf(content)).toEqual(FILES);
    expect(toHex(crypto.sha256(await bytesOf(content)))).toBe(part.sha256);
  });

  it('is read in pieces, in part, or not at all', async () => {
    const { content } = await received(FILES);
    const paths: string[] = [];
    for await (const file of content.files()) {
      paths.push(file.path);
      if (file.path !== 'a/words.txt') continue;
      const pieces: Uint8Array[] = [];
      for await (const piece of file.stream()) pieces.push(piece.slice());
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(FILES['a/words.txt']!));
    }
    expect(paths).toEqual(Object.keys(FILES));
    for await (const file of content.files()) {
      expect(file.path).toBe('a/b/noise.bin');
      break;
    }
  });

  it('says so when a file is read twice or too late', async () => {
    const { content } = await received(FILES);
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

  it('is refused where its files are too many', async () => {
    const { content } = await received(FILES, { limits: { maxFiles: 4 } });
    await expect(filesOf(content)).rejects.toThrow('has more than 4 files and directories');
  });

  it.each<[string, Partial<browser.IndexPart>, string]>([
    [
      'more bytes',
      { unpacked: 5001 },
      'with a/words.txt it has 10,000 bytes or more, and its index says 5,001.',
    ],
    ['fewer bytes', { unpacked: 10_001 }, 'it has 3 files of 10,000 bytes, and its index says 3 of 10,001.'],
    ['more files', { files: 2 }, 'it has more than the 2 files that its index says.'],
    ['fewer files', { files: 4 }, 'it has 3 files of 10,000 bytes, and its index says 4 of 10,000.'],
  ])('is refused where it has %s than its index says', async (_, listed, message) => {
    const alterIndex = (index: browser.EditionIndex) => ({
      ...index,
      parts: index.parts.map((part) => ({ ...part, ...listed })),
    });
    const lying = await editionOf([FILES], { alterIndex });
    const { parts } = await receive([...(await lying.announce()), ...(await lying.send())]);
    await expect(filesOf(parts[0]!.content)).rejects.toThrow(
      `The part / is not what its index says: ${message}`,
    );
  });

  it('that a publisher signed and that is no part ends in an error of its own kind', async () => {
    const damaged = (await testPart(FILES)).slice(0, -20);
    const anything = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 2000 }), fc.constant(damaged));
    await fc.assert(
      fc.asyncProperty(anything, async (object) => {
        const { content } = await received(object);
        await expect(filesOf(content)).rejects.toMatchObject({ name: 'EditionError' });
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

describe('trust', () => {
  it('is a line, a file, a parsed key, or several', async () => {
    const other = formatPublicKey(await testPublisher(crypto, 2));
    const line = key.trim().split('\n')[1]!;
    const spellings = [line, key, publisher, [other, line], [publisher]];
    const datagrams = await sent.announce();
    for (const trust of spellings) expect((await receive(datagrams, { trust })).editions.length).toBe(1);
    const { receiver } = await receive(datagrams, { trust: other });
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
      'two keys of one key id',
      { trust: [1, 2].map((n) => ({ keyId: new Uint8Array(8), publicKey: new Uint8Array(32).fill(n) })) },
      'trust: Two different public keys have the key id 0, which whoever makes a key can choose',
    ],
    [
      'a key of a wrong type',
      { trust: new URL('file:///publisher.pub') },
      "trust needs a publisher's public key: the line that begins with RW, or the text of the file; not an object (URL).",
    ],
    ['an unknown option', { turst: 'x' }, 'openReceiver has no option "turst"; there is trust, limits, '],
    ['an option of every object', { constructor: 1 }, 'openReceiver has no option "constructor"'],
    [
      'a wrong word',
      { verify: 'always' },
      'openReceiver: verify needs "auto" or "lazy" or "eager", not "always".',
    ],
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
      'editions that are none',
      { editions: [{ name: 'news' }] },
      'openReceiver: editions needs an array of what events "edition" gave: { edition, index } of each.',
    ],
    ['a part function', { isHeld: new Set() }, 'openReceiver: isHeld needs a function, not an object (Set).'],
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
    expect(() => push(new Uint8Array(1), '239.255.0.1:4001')).toThrow('push takes who sent');
    expect(() => push(new Uint8Array(1), { destination: 4001 })).toThrow('push takes who sent');
    for (const right of [new Uint8Array(0), Buffer.from('text')]) push(right, { address: '192.0.2.1' });
    await receiver.idle();
    expect(receiver.counters.datagrams).toBe(2);
  });

  it('what is listened to', async () => {
    const receiver = await node.openReceiver({ trust: key });
    const on = receiver.on as (...args: unknown[]) => unknown;
    expect(() => on('verified', () => {})).toThrow(
      'A receiver has no event "verified"; there is session, announced',
    );
    expect(() => on('toString', () => {})).toThrow('A receiver has no event "toString"');
    expect(() => on('part')).toThrow('The listener of "part" is no function.');
  });
});

describe('for Node', () => {
  it('hears UDP datagrams', async () => {
    const receiver = await node.openReceiver({ trust: key });
    const arrived = new Promise<browser.PartArrival>((resolve) => receiver.on('part', resolve));
    const udp = await node.listenUdp('127.0.0.1:0', (datagram) => receiver.push(datagram));
    const { createSocket } = await import('node:dgram');
    const sender = createSocket('udp4');
    const port = Number(udp.address.split(':')[1]);
    for (const datagram of [...(await sent.announce()), ...(await sent.send(0))]) {
      sender.send(datagram, port, '127.0.0.1');
    }
    expect(await filesOf((await arrived).content)).toEqual(FRONT);
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
