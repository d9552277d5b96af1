import { createSocket, type Socket } from 'node:dgram';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseAlc } from '../../codecs/alc/index.js';
import { createRootCache, FDT_OBJECT_ID, verifyDatagram } from '../../codecs/auth/index.js';
import { parseFdt } from '../../codecs/fdt/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { WAIT } from '../../fixtures/wait.js';
import { createKeys, type Keys, loadKeys } from '../keys/keys.js';
import type { Channel, ChannelBundle } from './channel/channel.js';
import { type Packer, packHere } from './content/pack.js';
import type { UplinkEvent } from './monitoring/events.js';
import { openState } from './state/state.js';
import { type Clock, systemClock } from './transmit/clock.js';
import { createPacer } from './transmit/pacer.js';
import { openSocket } from './transmit/socket.js';
import { createTransmitter } from './transmit/transmitter.js';
import { createUplink } from './uplink.js';
import type { UplinkOptions } from './uplink-options.js';

let work: string;
let keys: Keys;
let schemes: FecSchemes;

beforeAll(async () => {
  schemes = await loadFecSchemes();
});
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-uplink-'));
  await createKeys(join(work, 'keys'), nodeCrypto, { now: Date.now() });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), Date.now());
});
afterEach(() => rmSync(work, { recursive: true }));

function content(name: string, text: string): string {
  const directory = join(work, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.html'), text);
  return directory;
}

/** Text that does not compress much: so many numbers. */
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => ((i + seed) * 2654435761) % 4294967296).join('\n');

function bundle(name: string, path: string, changes: Partial<ChannelBundle> = {}): ChannelBundle {
  const defaults = { weight: 1, level: 3, rules: {}, order: 'mixed' as const, frontInterval: 30_000 };
  return { name, path, ...defaults, repair: { kind: 'loss', loss: 0.1 }, ...changes };
}

function channelTo(port: number, bundles: ChannelBundle[], changes: Partial<Channel> = {}): Channel {
  return {
    link: { destinations: [{ address: '127.0.0.1', port }], ttl: 1, mtu: 1500, authDepth: 0 },
    rate: 20e6,
    tableInterval: 200,
    watchInterval: 20,
    settle: 60,
    bundles,
    ...changes,
  };
}

/** A UDP socket that counts what comes. */
async function listen(type: 'udp4' | 'udp6' = 'udp4') {
  const socket: Socket = createSocket({ type, recvBufferSize: 4 << 20 });
  const payloads: Uint8Array[] = [];
  socket.on('message', (message) => payloads.push(new Uint8Array(message)));
  await new Promise<void>((resolve) => socket.bind(0, type === 'udp4' ? '127.0.0.1' : '::1', resolve));
  onTestFinished(() => void socket.close());
  return { port: (socket.address() as AddressInfo).port, payloads, found: () => reception(payloads) };
}

/** What datagrams tell. */
function reception(payloads: readonly Uint8Array[]) {
  /** Sequence numbers of announced indexes by their names. */
  const editions = new Map<string, Set<number>>();
  /** TOIs that tables announce. */
  const announced = new Set<number>();
  const symbols: { toi: number; id: string }[] = [];
  for (const payload of payloads) {
    const packet = parseAlc(payload, schemes);
    if (packet.lct.toi !== 0) {
      symbols.push({ toi: packet.lct.toi!, id: JSON.stringify([packet.lct.toi, packet.payloadId]) });
    } else if (packet.fdt !== undefined) {
      for (const { toi, contentLocation, sequence } of parseFdt(packet.payload).files) {
        announced.add(toi);
        if (sequence === undefined) continue;
        editions.set(contentLocation, (editions.get(contentLocation) ?? new Set()).add(sequence));
      }
    }
  }
  const repeated = symbols.length - new Set(symbols.map(({ id }) => id)).size;
  return { editions, announced, symbols, tois: new Set(symbols.map(({ toi }) => toi)), repeated };
}

async function uplinkWith(channel: Channel, changes: Partial<UplinkOptions> = {}, state = 'state') {
  const events: UplinkEvent[] = [];
  const waiting: { test(event: UplinkEvent): boolean; resolve(): void }[] = [];
  const clock = systemClock();
  const uplink = createUplink({
    channel,
    keys,
    crypto: nodeCrypto,
    schemes,
    clock,
    packer: packHere(),
    watch: false,
    state: await openState(join(work, state), 'uplink.json'),
    objects: join(work, state, 'objects'),
    shard: { index: 0, count: 1 },
    async openTransmitter(setup) {
      const [destination] = setup.destinations;
      const socket = await openSocket({
        ...setup,
        destination: destination!,
        onError: () => {},
        onInterface: () => {},
      });
      const pacer = createPacer(setup.rate, setup.burst, clock.now());
      const { queueBytes } = setup;
      return createTransmitter({
        clock,
        pacer,
        packetOverhead: 28,
        queueBytes,
        transmit: socket.send,
        destinations: () => [],
        closeSockets: socket.close,
      });
    },
    onEvent(event) {
      events.push(event);
      for (const each of waiting) if (each.test(event)) each.resolve();
    },
    ...changes,
  });
  const until = (test: (event: UplinkEvent) => boolean) =>
    events.some(test) ? Promise.resolve() : new Promise<void>((resolve) => waiting.push({ test, resolve }));
  return { uplink, events, until };
}

const NEVER = new AbortController().signal;
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

/** A packer that does something besides. */
function packerWith(pack: (packer: Packer) => Packer['pack']): Packer {
  const packer = packHere();
  return { ...packer, pack: pack(packer) };
}

describe('uplink', () => {
  it.each([0, 3])('sends several bundles in one session, at authentication depth %i', async (authDepth) => {
    const { port, payloads, found } = await listen();
    const bundles = [
      bundle('news', content('news', numbers(20_000, 1)), { rules: { passes: 1 } }),
      bundle('weather', content('weather', 'sunny'), { rules: { passes: 3 } }),
    ];
    const channel = channelTo(port, bundles);
    const { uplink, events } = await uplinkWith({ ...channel, link: { ...channel.link, authDepth } });
    const stats = await uplink.run(NEVER);
    await settled();
    const { editions, announced, tois, repeated } = found();
    expect([...editions.keys()].sort()).toEqual(['news.json.zst', 'weather.json.zst']);
    expect(tois).toEqual(announced);
    expect(repeated).toBe(0);
    expect(stats.datagrams).toBe(payloads.length);
    expect(events.filter(({ type }) => type === 'pass')).toHaveLength(4);
    expect(events.at(-1)).toMatchObject({ type: 'stopped', datagrams: payloads.length, errors: 0 });
  });

  it('sends over IPv6', async () => {
    const { port, found } = await listen('udp6');
    const channel = channelTo(port, [bundle('news', content('news', 'text'), { rules: { passes: 1 } })]);
    const link = { ...channel.link, destinations: [{ address: '::1', port }] };
    const { uplink } = await uplinkWith({ ...channel, link });
    await uplink.run(NEVER);
    await settled();
    expect(found().editions.size).toBe(1);
  });

  it('ends with signed datagrams that close the session', async () => {
    const { port, payloads } = await listen();
    const { uplink, until } = await uplinkWith(channelTo(port, [bundle('news', content('news', 'text'))]));
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'pass');
    stop.abort();
    await running;
    await settled();
    const { uplinkPublicKey, tsi } = keys.certificate;
    const last = payloads.slice(-3).map((payload) => ({ payload, packet: parseAlc(payload, schemes) }));
    for (const { payload, packet } of last) {
      expect(packet.lct).toMatchObject({ closeSession: true, toi: 0, tsi });
      expect(packet.payload).toHaveLength(0);
      const offset = packet.authOffset!;
      const cache = createRootCache();
      expect(
        await verifyDatagram(nodeCrypto, uplinkPublicKey, tsi, payload, offset, FDT_OBJECT_ID, cache),
      ).toBe(true);
    }
    expect(parseAlc(payloads.at(-4)!, schemes).lct.closeSession).toBe(false);
  });

  it('puts changed content on the air as a newer edition, of which only what changed is packed', async () => {
    const { port, found } = await listen();
    const news = content('news', numbers(3000, 1));
    writeFileSync(join(news, 'film.mp4'), numbers(200_000, 3));
    const { uplink, events, until } = await uplinkWith(channelTo(port, [bundle('news', news)]), {
      watch: true,
    });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'pass');
    content('news', numbers(3000, 2));
    await until((event) => event.type === 'edition' && event.changed === 1 && event.parts === 2);
    await vi.waitFor(() => expect([...found().editions.values()][0]!.size).toBe(2), WAIT);
    stop.abort();
    await running;
    await settled();
    const { editions, repeated } = found();
    const [first, second] = [...editions.values()].flatMap((sequences) => [...sequences]);
    expect(second).toBeGreaterThan(first!);
    expect(repeated).toBe(0);
    expect(events.filter(({ type }) => type === 'packing')).toEqual([
      { type: 'packing', bundle: 'news', parts: 2, toPack: 2, leftOut: { system: [], pattern: [] } },
      { type: 'packing', bundle: 'news', parts: 2, toPack: 1, leftOut: { system: [], pattern: [] } },
    ]);
    // Only the objects of the edition on the air are kept.
    expect(readdirSync(join(work, 'state', 'objects'))).toHaveLength(3);
  });

  it('takes up the same edition with fresh symbols after a restart, and packs nothing', async () => {
    const { port, found } = await listen();
    const bundles = [bundle('news', content('news', numbers(5000, 1)), { rules: { passes: 1 } })];
    const first = await uplinkWith(channelTo(port, bundles));
    await first.uplink.run(NEVER);
    const second = await uplinkWith(channelTo(port, bundles));
    await second.uplink.run(NEVER);
    content('news', numbers(5000, 1));
    const third = await uplinkWith(channelTo(port, bundles));
    await third.uplink.run(NEVER);
    await settled();
    const editions = [first, second, third].map(({ events }) =>
      events.find(({ type }) => type === 'edition'),
    );
    const { sequence, passDatagrams } = editions[0] as { sequence: number; passDatagrams: number };
    expect(editions[1]).toMatchObject({ sequence, symbolsBefore: passDatagrams, changed: 0 });
    expect(editions[2]).toMatchObject({ sequence, changed: 0 });
    // A front that is not new is sent once more at the start.
    const { symbolsBefore } = editions[2] as { symbolsBefore: number };
    expect(symbolsBefore).toBeGreaterThanOrEqual(2 * passDatagrams);
    expect(second.events.some(({ type }) => type === 'packing')).toBe(false);
    // What was touched is packed, and is what it was.
    expect(third.events.some(({ type }) => type === 'packing')).toBe(true);
    expect(found().repeated).toBe(0);
    expect([...found().editions.values()].map(({ size }) => size)).toEqual([1]);
  });

  it('makes again what is damaged on the disk', async () => {
    const { port } = await listen();
    const bundles = [bundle('news', content('news', numbers(5000, 1)), { rules: { passes: 1 } })];
    const first = await uplinkWith(channelTo(port, bundles));
    await first.uplink.run(NEVER);
    const objects = join(work, 'state', 'objects');
    const before = new Map(readdirSync(objects).map((name) => [name, readFileSync(join(objects, name))]));
    for (const [name, bytes] of before)
      writeFileSync(
        join(objects, name),
        bytes.map((byte) => byte ^ 1),
      );
    const second = await uplinkWith(channelTo(port, bundles));
    await second.uplink.run(NEVER);
    for (const [name, bytes] of before) expect(readFileSync(join(objects, name))).toEqual(bytes);
    const sequences = [first, second].map(
      ({ events }) => (events.find(({ type }) => type === 'edition') as { sequence: number }).sequence,
    );
    expect(sequences[0]).toBe(sequences[1]);
  });

  it('adds up with another uplink: the same objects, and no symbol twice', async () => {
    const { port, found } = await listen();
    const bundles = [bundle('news', content('news', numbers(20_000, 1)), { rules: { passes: 1 } })];
    const shards = [0, 1].map((index) =>
      uplinkWith(channelTo(port, bundles, { rate: 10e6 }), { shard: { index, count: 2 } }, `state-${index}`),
    );
    const uplinks = await Promise.all(shards);
    await Promise.all(uplinks.map(({ uplink }) => uplink.run(NEVER)));
    await settled();
    const { tois, symbols, repeated, editions } = found();
    const { passDatagrams, parts } = uplinks[0]!.events.find(({ type }) => type === 'edition') as {
      passDatagrams: number;
      parts: number;
    };
    expect(tois.size).toBe(parts + 1);
    expect(repeated).toBe(0);
    expect(symbols.length).toBeGreaterThanOrEqual(2 * passDatagrams);
    expect([...editions.values()].map(({ size }) => size)).toEqual([1]);
  });

  it('keeps apart what two senders with the same keys send, and two bundles with one sequence number', async () => {
    const { port, found } = await listen();
    const senders = ['one', 'two'].map((name) =>
      uplinkWith(
        channelTo(port, [
          bundle(name, content(name, numbers(3000, name.length)), { rules: { passes: 1 } }),
          bundle(`${name} more`, content(`${name} more`, `${name} small`), { rules: { passes: 1 } }),
        ]),
        { sequence: 1234 },
        `state-${name}`,
      ),
    );
    await Promise.all((await Promise.all(senders)).map(({ uplink }) => uplink.run(NEVER)));
    await settled();
    const { editions, announced, tois } = found();
    expect([...editions.values()].map((sequences) => [...sequences])).toEqual(Array(4).fill([1234]));
    // "one" and "two" have the same text: their part is one object, and each has an index of its own.
    expect(announced.size).toBe(4 + 3);
    expect(tois).toEqual(announced);
  });

  it('has parts on the air while others are still packed', async () => {
    const { port, found } = await listen();
    const news = content('news', 'the front');
    writeFileSync(join(news, 'film.mp4'), numbers(200_000, 3));
    let go: (() => void) | undefined;
    const packer = packerWith((packer) => async (job, listener) => {
      const parts = await packer.pack(job, listener);
      await new Promise<void>((resolve) => (go = resolve));
      return parts;
    });
    const rules = { passes: 1 };
    const { uplink, events } = await uplinkWith(channelTo(port, [bundle('news', news, { rules })]), {
      packer,
    });
    const running = uplink.run(NEVER);
    await vi.waitFor(() => expect(found().tois.size).toBe(2), WAIT);
    expect(found().editions.size).toBe(0);
    await vi.waitFor(() => expect(go).toBeDefined(), WAIT);
    go!();
    await running;
    await settled();
    const { passDatagrams } = events.find(({ type }) => type === 'edition') as { passDatagrams: number };
    const { symbols, announced, tois } = found();
    expect(tois).toEqual(announced);
    const ofParts = symbols.length - symbols.filter(({ toi }) => toi === [...announced].at(-1)).length;
    expect(ofParts).toBeLessThanOrEqual(passDatagrams + 20);
    expect(events.filter(({ type }) => type === 'pass')).toHaveLength(1);
  });

  it('packs small bundles first', async () => {
    const { port } = await listen();
    const bundles = [
      bundle('large', content('large', numbers(30_000, 1)), { rules: { passes: 1 } }),
      bundle('small', content('small', 'text'), { rules: { passes: 1 } }),
    ];
    const { uplink, events } = await uplinkWith(channelTo(port, bundles));
    await uplink.run(NEVER);
    const packed = events.filter(({ type }) => type === 'packing') as { bundle: string }[];
    expect(packed.map(({ bundle }) => bundle)).toEqual(['small', 'large']);
  });

  it('reports content that cannot be sent and goes on with the rest', async () => {
    const { port, found } = await listen();
    const bundles = [bundle('missing', join(work, 'missing')), bundle('news', content('news', 'text'))];
    const { uplink, events, until } = await uplinkWith(channelTo(port, bundles), { watch: true });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until((event) => event.type === 'pass' && event.pass === 2);
    content('missing', 'here it is');
    await until((event) => event.type === 'edition' && event.bundle === 'missing');
    await vi.waitFor(() => expect(found().editions.has('news.json.zst')).toBe(true), WAIT);
    stop.abort();
    await running;
    const problems = events.filter(({ type }) => type === 'problem');
    expect(problems).toEqual([
      { type: 'problem', bundle: 'missing', message: expect.stringMatching(/does not exist/) },
    ]);
  });

  it('fails when the only bundle cannot be sent', async () => {
    const { port } = await listen();
    const { uplink } = await uplinkWith(channelTo(port, [bundle('missing', join(work, 'missing'))]));
    await expect(uplink.run(NEVER)).rejects.toThrow(/ENOENT/);
  });

  it('leaves nothing of what could not be packed, and tries again what the system has refused', async () => {
    const { port } = await listen();
    const bundles = [bundle('news', content('news', numbers(3000, 1)))];
    let isFull = true;
    let time = 0;
    const real = systemClock();
    const clock: Clock = {
      ...real,
      now: () => real.now() + time,
      until: (at, signal) => real.until(at - time, signal),
    };
    const { uplink, events, until } = await uplinkWith(channelTo(port, bundles), {
      watch: true,
      clock,
      packer: packerWith((packer) => async (job, listener) => {
        if (isFull)
          throw Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write', path: job.objects });
        return packer.pack(job, listener);
      }),
    });
    mkdirSync(join(work, 'state', 'objects'));
    // Half an object of a run that was killed, and one that nobody needs.
    writeFileSync(join(work, 'state', 'objects', '.object.999999999.00000000.part'), 'half');
    writeFileSync(join(work, 'state', 'objects', `${'ab'.repeat(32)}.tar.zst`), 'old');
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'problem');
    expect(events).toContainEqual(
      expect.objectContaining({
        bundle: 'news',
        message: expect.stringMatching(/^The disk is full: .* could not/),
      }),
    );
    expect(readdirSync(join(work, 'state', 'objects'))).toEqual([]);
    isFull = false;
    time = 300_000;
    await until(({ type }) => type === 'edition');
    stop.abort();
    await running;
    expect(readdirSync(join(work, 'state', 'objects'))).toHaveLength(2);
  });

  it('signs nothing of content that changed while it was packed, and packs it when it has settled', async () => {
    const { port } = await listen();
    let changes = 0;
    const { uplink, until } = await uplinkWith(channelTo(port, [bundle('news', content('news', 'one'))]), {
      watch: true,
      packer: packerWith((packer) => async (job, listener) => {
        const packed = await packer.pack(job, listener);
        if (changes++ === 0) content('news', 'and two');
        return packed;
      }),
    });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'problem');
    expect(uplink.status().flows).toEqual([]);
    await until(({ type }) => type === 'edition');
    stop.abort();
    await running;
    expect(readdirSync(join(work, 'state', 'objects'))).toHaveLength(2);
  });

  it('follows the channel file while a bundle is packed, and does not send one that is gone by then', async () => {
    const { port } = await listen();
    const first = bundle('first', content('first', 'one'));
    const long = bundle('long', content('long', 'two'));
    let next: Channel | undefined;
    let pack: (() => void) | undefined;
    const { uplink, events, until } = await uplinkWith(channelTo(port, [first, long]), {
      watch: true,
      async readChannel() {
        const now = next;
        next = undefined;
        return now;
      },
      packer: packerWith((packer) => async (job, listener) => {
        const packed = await packer.pack(job, listener);
        if (job.path === long.path && pack === undefined)
          await new Promise<void>((resolve) => (pack = resolve));
        return packed;
      }),
    });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until((event) => event.type === 'packing' && event.bundle === 'long');
    next = channelTo(port, [{ ...first, weight: 7 }], { rate: 5e6 });
    uplink.reload();
    await until(({ type }) => type === 'reloaded');
    expect(uplink.status()).toMatchObject({ rate: 5e6, flows: [{ name: 'first', weight: 7 }] });
    await vi.waitFor(() => expect(pack).toBeDefined(), WAIT);
    pack!();
    await vi.waitFor(() => expect(uplink.status().packing).toBeUndefined(), WAIT);
    expect(uplink.status().flows).toMatchObject([{ name: 'first' }]);
    // It is packed already when it comes back.
    next = channelTo(port, [first, long]);
    uplink.reload();
    await until((event) => event.type === 'edition' && event.bundle === 'long');
    stop.abort();
    await running;
    const types = events.filter(
      (event) => 'bundle' in event && event.bundle === 'long' && event.type !== 'pass',
    );
    expect(types.map(({ type }) => type)).toEqual(['packing', 'edition']);
    expect(events.filter(({ type }) => type === 'reloaded').length).toBeGreaterThanOrEqual(2);
  });

  it('does not send for hours what waits when the rate is lowered', async () => {
    const { port } = await listen();
    const news = bundle('news', content('news', numbers(20_000, 1)));
    let next: Channel | undefined;
    const { uplink, until } = await uplinkWith(channelTo(port, [news]), {
      watch: true,
      readChannel: async () => next,
    });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'pass');
    next = channelTo(port, [news], { rate: 100_000 });
    await until(({ type }) => type === 'reloaded');
    await settled();
    // Half a second of 20 Mbit/s would be 1.25 MB.
    expect(uplink.status().queued).toBeLessThan(30_000);
    stop.abort();
    await running;
  });

  it('says that a bundle has expired before, and sends it when the clock was wrong', async () => {
    const { port } = await listen();
    const rules = { expires: Date.UTC(2026, 0, 1) };
    let unix = Date.UTC(2030, 0, 1);
    const clock = { ...systemClock(), unix: () => unix };
    const channel = channelTo(port, [bundle('news', content('news', 'text'), { rules })]);
    const { uplink, until, events } = await uplinkWith(channel, { watch: true, clock });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until((event) => event.type === 'problem' && event.bundle === 'news');
    expect(events).toContainEqual({
      type: 'problem',
      bundle: 'news',
      message: 'It expired at 2026-01-01T00:00:00.000Z and is not sent.',
    });
    unix = Date.UTC(2025, 11, 1);
    await until(({ type }) => type === 'edition');
    stop.abort();
    await running;
  });

  it('says that its certificate is no longer valid', async () => {
    const { port } = await listen();
    const channel = channelTo(port, [bundle('news', content('news', 'text'))]);
    const unix = () => 1000 * keys.certificate.notAfter + 1;
    const { uplink, until } = await uplinkWith(channel, { clock: { ...systemClock(), unix } });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(
      (event) => event.type === 'problem' && /^The uplink certificate was valid until/.test(event.message),
    );
    stop.abort();
    await running;
  });

  it('gives no edition a lower sequence number when shards take the place of a single uplink', async () => {
    const { port } = await listen();
    const news = content('news', 'text');
    const channel = channelTo(port, [bundle('news', news, { rules: { passes: 1 } })]);
    utimesSync(join(news, 'index.html'), 1e9, 1e9);
    utimesSync(news, 1e9, 1e9);
    await (await uplinkWith(channel)).uplink.run(NEVER);
    const shardWith = async () =>
      uplinkWith(channel, {
        shard: { index: 0, count: 2 },
        state: await openState(join(work, 'state'), 'uplink-1-of-2.json'),
      });
    await expect((await shardWith()).uplink.run(NEVER)).rejects.toThrow(
      /sequence number 1000000000, and 1\d{9} was/,
    );
    const later = Date.now() / 1000 + 60;
    utimesSync(news, later, later);
    const { uplink, events } = await shardWith();
    await uplink.run(NEVER);
    expect(events).toContainEqual(expect.objectContaining({ type: 'edition', sequence: Math.floor(later) }));
    const single = await uplinkWith(channel);
    await single.uplink.run(NEVER);
    const { sequence } = single.events.find(({ type }) => type === 'edition') as { sequence: number };
    expect(sequence).toBeGreaterThan(later - 1);
  });

  it('follows a changed channel file, and keeps the channel when the new file has mistakes', async () => {
    const { port } = await listen();
    const first = bundle('first', content('first', 'one'));
    const second = bundle('second', content('second', 'two'));
    let next: Channel | Error | undefined;
    const readChannel = async () => {
      const now = next;
      next = undefined;
      if (now instanceof Error) throw now;
      return now;
    };
    const { uplink, events, until } = await uplinkWith(channelTo(port, [first]), {
      watch: true,
      readChannel,
    });
    const stop = new AbortController();
    const running = uplink.run(stop.signal);
    await until(({ type }) => type === 'pass');
    next = new Error('line 7 is wrong.');
    await until(({ type }) => type === 'problem');
    expect(uplink.status().flows.map(({ name }) => name)).toEqual(['first']);
    next = channelTo(port, [{ ...second, weight: 2 }], { rate: 5e6 });
    uplink.reload();
    await until((event) => event.type === 'edition' && event.bundle === 'second');
    expect(uplink.status()).toMatchObject({ rate: 5e6, flows: [{ name: 'second', weight: 2 }] });
    next = channelTo(port, [{ ...second, rules: { expires: Date.now() } }], { rate: 5e6 });
    uplink.reload();
    await until((event) => event.type === 'withdrawn' && event.reason === 'expired');
    stop.abort();
    await running;
    const withdrawn = events.filter(({ type }) => type === 'withdrawn');
    expect(withdrawn).toMatchObject([
      { bundle: 'first', reason: 'removed' },
      { bundle: 'second', reason: 'expired' },
    ]);
  });
});
