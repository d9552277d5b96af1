import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { closeSync, createWriteStream, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { concatBytes, fromHex } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { type Carrier, createTelevisionMultiplexer } from '../../codecs/mpegts/index.js';
import { FLOW4, streamOf } from '../../codecs/mpegts/testing.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../../codecs/pcap/index.js';
import { createPrng } from '../../fixtures/prng.js';
import { WAIT } from '../../fixtures/wait.js';
import { readTree, type Tree } from '../files/testing.js';
import { testPublisher } from '../testing.js';
import { sentEdition } from '../testing-content.js';

const CLI = fileURLToPath(new URL('../../dist/receiver/cli.js', import.meta.url));
/** As `ffmpeg` fills UDP datagrams unless it is told otherwise: without regard to packets. */
const UNALIGNED = 1472;
const ALIGNED = 7 * 188;

let work: string;
const at = (name: string) => join(work, name);
/** An edition as datagrams, with more symbols than are needed and its tables twice, and what is in it. */
let sent: readonly Uint8Array[];
let tree: Tree;

beforeAll(async () => {
  const publisher = await testPublisher(nodeCrypto, 1);
  const text = Buffer.from(createPrng(7).bytes(150_000)).toString('base64');
  const content: Tree[] = [{ 'index.html': 'page' }, { 'news.txt': text }];
  tree = { ...content[0], ...content[1] };
  const schemes = await loadFecSchemes();
  const options = { crypto: nodeCrypto, schemes, publisher, content, sequence: 5, symbolSize: 1388 };
  const edition = await sentEdition(options);
  const news = edition.parts[1]!;
  const tables = [...(await edition.announce()), ...(await edition.send(0)), await news.fdt()];
  const { sourceSymbols } = news.blocks[0]!;
  const symbols = await news.symbols(0, 0, Math.ceil(1.3 * sourceSymbols));
  sent = [...tables, ...symbols, ...tables, ...tables];
});
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-streams-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  writeFileSync(at('publisher.pub'), formatPublicKey(await testPublisher(nodeCrypto, 1)));
});

/** The stream of a television service with these datagrams. */
function television(datagrams: readonly Uint8Array[], carrier: Carrier = 'video'): Uint8Array {
  const multiplexer = createTelevisionMultiplexer({ tsRate: 8_000_000, carrier });
  const waiting = [...datagrams];
  const pictures: Uint8Array[] = [];
  const take = () => {
    const bytes = waiting.shift();
    return bytes && { bytes };
  };
  while (waiting.length > 0 || !multiplexer.isDrained) pictures.push(multiplexer.next(take));
  // what came last is known to be whole by what follows
  for (let i = 0; i < 5; i++) pictures.push(multiplexer.next(() => undefined));
  return concatBytes(...pictures);
}

function piecesOf(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
    bytes.subarray(i * length, (i + 1) * length),
  );
}

function pcapOf(payloads: readonly Uint8Array[]): Uint8Array {
  const records = payloads.map((payload) => pcapRecord({ ...FLOW4, timestampNs: 0n, payload }));
  return concatBytes(pcapHeader(), ...records);
}

/** A receiver as its users start it. */
function start(input: string, stdin: 'ignore' | 'pipe' | number = 'ignore', ...more: string[]) {
  const own = ['--trust', at('publisher.pub'), '--out', at('out'), '--state', at('state'), '--jobs', '1'];
  const child = spawn(process.execPath, [CLI, 'listen', input, ...own, '--log', 'json', ...more], {
    stdio: [stdin, 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const events = (): Record<string, unknown>[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  return {
    child,
    exit,
    events,
    stderr: () => stderr,
    async event(type: string) {
      const find = () => events().find((event) => event.type === type);
      await Promise.race([exit, vi.waitFor(() => expect(find(), stderr).toBeDefined(), WAIT)]);
      expect(find(), stderr).toBeDefined();
      return find()!;
    },
  };
}

async function sendTo(listening: ReturnType<typeof start>, payloads: readonly Uint8Array[]): Promise<void> {
  const { at: address } = await listening.event('listening');
  const port = Number(String(address).split(':').at(-1));
  const sockets = [createSocket('udp4'), createSocket('udp4')];
  const send = (payload: Uint8Array, by = 0) =>
    new Promise((resolve) => sockets[by]!.send(payload, port, '127.0.0.1', resolve));
  const junk = createPrng(3);
  for (const [i, payload] of payloads.entries()) {
    await send(payload);
    // another sender's noise, and packets of a programme that is none of ours
    if (i % 5 === 0) await send(junk.bytes(junk.below(1400)), 1);
    if (i % 7 === 0) {
      const foreign = junk.bytes(188);
      foreign.set([0x47, 0x01, 0x44]);
      await send(foreign, 1);
    }
  }
  for (const socket of sockets) socket.close();
}

const standing = () => readTree(at('out/news'));
const rtpHeader = (i: number) => fromHex(`8021${i.toString(16).padStart(4, '0')}0000000000000001`);
const lossy = (payloads: readonly Uint8Array[], loss: number) => {
  const prng = createPrng(5);
  return payloads.filter(() => !prng.chance(loss));
};

describe('listening to a transport stream on the network', () => {
  it.each<[string, string, () => readonly Uint8Array[]]>([
    ['udp://127.0.0.1:0', 'over UDP', () => piecesOf(television(sent), ALIGNED)],
    ['127.0.0.1:0', 'over UDP, without being told', () => piecesOf(television(sent, 'subtitles'), ALIGNED)],
    ['udp://127.0.0.1:0', 'over UDP, not aligned', () => piecesOf(television(sent), UNALIGNED)],
    [
      'rtp://127.0.0.1:0',
      'over RTP',
      () => piecesOf(television(sent), ALIGNED).map((piece, i) => concatBytes(rtpHeader(i), piece)),
    ],
    ['127.0.0.1:0', 'of a data service', () => piecesOf(streamOf(sent), ALIGNED)],
    ['udp://127.0.0.1:0', 'or to datagrams without one', () => sent],
  ])('%s %s', async (input, _, payloads) => {
    const listening = start(input);
    await sendTo(listening, lossy(payloads(), 0.03));
    await listening.event('complete');
    expect(standing()).toEqual(tree);
    expect(String((await listening.event('listening')).at)).toMatch(
      new RegExp(`^${input.replace(/0$/, '\\d+')}$`),
    );
    listening.child.kill('SIGTERM');
    expect(await listening.exit, listening.stderr()).toBe(0);
  });

  it('tells of gaps', async () => {
    const listening = start('udp://127.0.0.1:0');
    await sendTo(listening, lossy(piecesOf(television(sent), ALIGNED), 0.03));
    expect((await listening.event('gaps')).gaps).toBeGreaterThan(0);
    listening.child.kill('SIGTERM');
    expect(await listening.exit).toBe(0);
  });
});

describe('listening to a pipe', () => {
  const pipe = () => {
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    return at('pipe');
  };
  const write = (...pieces: Uint8Array[]) => {
    const stream = createWriteStream(at('pipe'));
    for (const piece of pieces) stream.write(piece);
    stream.end();
    return finished(stream);
  };

  it('waits for a writer, receives while it writes, and ends when it does', async () => {
    const listening = start(pipe());
    expect(await listening.event('listening')).toMatchObject({ at: at('pipe') });
    const stream = createWriteStream(at('pipe'));
    stream.write(createPrng(1).bytes(100_000));
    stream.write(television(sent));
    await listening.event('complete');
    expect(listening.child.exitCode).toBe(null);
    stream.end();
    expect(await listening.exit, listening.stderr()).toBe(0);
    expect(standing()).toEqual(tree);
    expect(
      listening
        .events()
        .map(({ type }) => type)
        .slice(-2),
    ).toEqual(['ended', 'stopped']);
  });

  it('says what is missing at its end, and keeps what has come', async () => {
    const stream = television(sent);
    // before half of the symbols
    const cut = Math.floor(stream.length / 4);
    const first = start(pipe());
    await write(stream.subarray(0, cut));
    expect(await first.exit).toBe(1);
    expect(first.stderr()).toMatch(/\nNot complete: news, edition 5\.\n$/);
    const second = start(at('pipe'));
    await write(stream.subarray(cut));
    expect(await second.exit, second.stderr()).toBe(0);
    expect(second.events().map(({ type }) => type)).toContain('resumed');
    expect(standing()).toEqual(tree);
  });

  it('says that nothing was in it', async () => {
    const listening = start(pipe());
    await write(createPrng(1).bytes(300_000), new Uint8Array(300_000));
    expect(await listening.exit).toBe(1);
    expect(listening.stderr()).toMatch(/\nNot a pcap recording, and no transport stream: /);
  });

  it('obeys a signal while nobody writes', async () => {
    const listening = start(pipe());
    await listening.event('listening');
    listening.child.kill('SIGTERM');
    expect(await listening.exit, listening.stderr()).toBe(0);
  });
});

describe('listening to standard input', () => {
  it.each<[string, () => Uint8Array]>([
    ['a transport stream', () => television(sent)],
    ['a transport stream compressed with gzip', () => gzipSync(television(sent))],
    ['a recording of packets', () => pcapOf(sent)],
    ['a recording of a transport stream over UDP', () => pcapOf(piecesOf(television(sent), ALIGNED))],
  ])('as %s', async (_, bytes) => {
    const listening = start('-', 'pipe');
    listening.child.stdin!.end(bytes());
    expect(await listening.exit, listening.stderr()).toBe(0);
    expect(listening.events()).toContainEqual(
      expect.objectContaining({ type: 'listening', at: 'standard input' }),
    );
    expect(standing()).toEqual(tree);
  });

  it('as a file', async () => {
    writeFileSync(at('stream.ts'), television(sent));
    const file = openSync(at('stream.ts'), 'r');
    const listening = start('-', file, '--once');
    closeSync(file);
    expect(await listening.exit, listening.stderr()).toBe(0);
    expect(standing()).toEqual(tree);
  });

  it('as a recording that is damaged, from which what came before counts', async () => {
    const listening = start('-', 'pipe');
    listening.child.stdin!.end(concatBytes(pcapOf(sent), new Uint8Array(64).fill(0xff)));
    expect(await listening.exit).toBe(1);
    expect(listening.stderr()).toMatch(/\n[^\n{]*damaged[^\n]*\n$/);
    expect(standing()).toEqual(tree);
  });

  it('as one that stays open and silent: a signal ends it', async () => {
    const listening = start('-', 'pipe');
    listening.child.stdin!.write(television(sent));
    await listening.event('complete');
    listening.child.kill('SIGINT');
    expect(await listening.exit, listening.stderr()).toBe(0);
    expect(listening.events().at(-1)).toMatchObject({ type: 'stopped', complete: 1 });
  });
});

describe('what cannot be listened to', () => {
  it.each<[string, number, RegExp, string[]]>([
    ['/nowhere/dvr0', 1, /^\/nowhere\/dvr0 does not exist\.\n$/, []],
    ['/tmp', 1, /\/tmp is a directory: "listen" takes a device/, []],
    ['-', 2, /^--iface belongs to a multicast group, and standard input is none\./, ['--iface', '192.0.2.1']],
    [
      '/dev/null',
      2,
      /^--source belongs to a multicast group, and \/dev\/null is none\./,
      ['--source', '192.0.2.1'],
    ],
    ['udp://localhost:1', 2, /An address and a port are needed/, []],
  ])('%s %s', async (input, code, message, options) => {
    const listening = start(input, 'ignore', ...options);
    expect(await listening.exit, listening.stderr()).toBe(code);
    expect(listening.stderr()).toMatch(message);
  });
});
