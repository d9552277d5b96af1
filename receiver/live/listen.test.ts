import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { concatBytes } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey, publicKeyLine, publisherId } from '../../codecs/minisign/index.js';
import { runCli } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { pcapHeader, pcapRecord } from '../../codecs/pcap/index.js';
import { type Ipv6Interface, requireIpv6Multicast } from '../../fixtures/multicast.js';
import { createPrng } from '../../fixtures/prng.js';
import { WAIT } from '../../fixtures/wait.js';
import { readTree, type Tree } from '../files/testing.js';
import { createReceiveProgram } from '../program.js';
import { type TestPublisher, testPublisher } from '../testing.js';
import { type SentEdition, sentEdition } from '../testing-content.js';

/** Processes run what was built last. */
const dist = (side: string) => fileURLToPath(new URL(`../../dist/${side}/cli.js`, import.meta.url));
const CLI = dist('receiver');
const CONTENT_BYTES = 300_000;

let root: string;
let work: string;
let schemes: FecSchemes;
let publisher: TestPublisher;
let number = 0;
const at = (name: string) => join(work, name);

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'datacast-listen-'));
  schemes = await loadFecSchemes();
  publisher = await testPublisher(nodeCrypto, 1);
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  work = join(root, String(number++));
  mkdirSync(work);
  writeFileSync(at('publisher.pub'), formatPublicKey(publisher));
});

interface NewsEdition extends SentEdition {
  /** What its directory has when it is complete. */
  readonly tree: Tree;
  /** Table and symbols of the part that is large, and some symbols more. */
  readonly news: readonly Uint8Array[];
}

/** A page, the same in each edition, and a file that is not compressible, so that there are some symbols. */
async function edition(sequence: number, name = 'news', tsi = 7): Promise<NewsEdition> {
  const text = Buffer.from(createPrng(sequence).bytes(CONTENT_BYTES)).toString('base64');
  const content: Tree[] = [{ 'index.html': 'page' }, { 'news.txt': text }];
  const options = { crypto: nodeCrypto, schemes, publisher, content, name, sequence, tsi, symbolSize: 1388 };
  const sent = await sentEdition(options);
  const news = sent.parts[1]!;
  const symbols = await news.symbols(0, 0, news.blocks[0]!.sourceSymbols + 8);
  return { ...sent, tree: { ...content[0], ...content[1] }, news: [await news.fdt(), ...symbols] };
}

/** A receiver as its users start it. */
function start(...more: string[]) {
  const own = ['--trust', at('publisher.pub'), '--out', at('out'), '--state', at('state')];
  const args = [CLI, 'listen', '127.0.0.1:0', ...own, '--jobs', '1', '--log', 'json', ...more];
  const child: ChildProcess = spawn(process.execPath, args);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const events = (): Record<string, unknown>[] =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line));
  return {
    child,
    exit: new Promise<number | null>((resolve) => child.on('exit', resolve)),
    events,
    stderr: () => stderr,
    async event(type: string, fields: Record<string, unknown> = {}) {
      const wanted = { type, ...fields };
      await vi.waitFor(() => expect(events(), stderr).toContainEqual(expect.objectContaining(wanted)), WAIT);
      return events().find((event) => Object.entries(wanted).every(([key, value]) => event[key] === value))!;
    },
  };
}

type Listening = ReturnType<typeof start>;

async function sendTo(listening: Listening, ...datagrams: Uint8Array[]): Promise<void> {
  const { at: address } = await listening.event('listening');
  const port = Number(String(address).split(':').at(-1));
  const socket: Socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
  }
  socket.close();
}

const standing = (path = 'out/news') => readTree(at(path));
const stored = () =>
  readdirSync(join(at('state'), 'store'), { withFileTypes: true })
    .filter(({ name }) => name.endsWith('.journal'))
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
const total = (datagrams: readonly Uint8Array[]) => datagrams.reduce((sum, { length }) => sum + length, 0);

describe('datacast-receive listen', () => {
  it('keeps the newest edition of a bundle, over restarts and against roll-back, and ends by a signal', async () => {
    const [five, six] = [await edition(5), await edition(6)];
    const first = start();
    await sendTo(first, ...(await five.announce()), ...(await five.send(0)));
    expect(await first.event('edition')).toMatchObject({
      ...{ publisher: publisherId(publisher), bundle: 'news', sequence: 5, parts: 2, files: 2 },
      classes: [
        { class: 'front', parts: 1, files: 1 },
        { class: 'text', parts: 1, files: 1 },
      ],
    });
    const { listed } = five.content[0]!;
    const about = { sequence: 5, path: 'news', isHidden: false };
    await first.event('part', {
      ...about,
      part: listed.sha256,
      label: 'index.html',
      class: 'front',
      files: 1,
      bytes: 4,
    });
    expect(standing()).toEqual({ 'index.html': 'page' });
    await sendTo(first, ...five.news);
    await first.event('complete', { bundle: 'news', sequence: 5, path: 'news', files: 2 });
    expect(standing()).toEqual(five.tree);
    await sendTo(first, ...(await six.announce()), ...six.news.slice(0, -9));
    await first.event('edition', { sequence: 6 });
    expect(standing()).toEqual(five.tree);
    await sendTo(first, ...six.news.slice(-9));
    await first.event('complete', { sequence: 6 });
    expect(standing()).toEqual(six.tree);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(first.events().at(-1)).toMatchObject({ type: 'stopped', parts: 3, complete: 2 });
    expect(readdirSync(at('out')).sort()).toEqual(['.receiving', 'news']);

    const second = start();
    await sendTo(second, ...(await six.all()), await five.index.fdt(), ...five.news);
    await second.event('problem', { message: 'Edition 5 of news is older than 6, which was received.' });
    second.child.kill('SIGINT');
    expect(await second.exit).toBe(0);
    expect(second.events().map(({ type }) => type)).not.toContain('edition');
    expect(second.events().at(-1)).toMatchObject({ type: 'stopped', parts: 0, complete: 0 });
    expect(standing()).toEqual(six.tree);
  });

  it('says so when an edition is dated ahead', async () => {
    const listening = start('--once');
    await sendTo(listening, ...(await (await edition(4_000_000_000)).all()));
    expect(await listening.exit).toBe(0);
    const message = expect.stringMatching(/^The edition of news is dated ahead: .* stands for 2096-10-02/);
    expect(listening.events()).toContainEqual(expect.objectContaining({ type: 'problem', message }));
  });

  it('says so when it is told to trust a key with the key id of one that it knows', async () => {
    const five = await edition(5);
    const first = start('--once');
    await sendTo(first, ...(await five.all()));
    expect(await first.exit).toBe(0);
    const stranger = await testPublisher(nodeCrypto, 2);
    writeFileSync(at('publisher.pub'), formatPublicKey({ ...stranger, keyId: publisher.keyId }));
    const second = start();
    for (const directory of [at('state'), at('out')]) {
      await vi.waitFor(() => {
        const told = second.events().map(({ message }) => String(message));
        const known = `${directory} knows another publisher. Two different public keys have the key id 101010101010101`;
        expect(told).toContainEqual(expect.stringContaining(known));
      }, WAIT);
    }
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(standing('out/news-NOT-TRUSTED')).toEqual(five.tree);
  });

  it('gives each publisher a directory of his own, and marks it when he is not trusted any more', async () => {
    const others = await testPublisher(nodeCrypto, 2);
    const [mine, theirs] = [publicKeyLine(publisher), publicKeyLine(others)];
    const given = { crypto: nodeCrypto, schemes, name: 'news', symbolSize: 1388 };
    // the file is that of a publisher who sends nothing
    writeFileSync(at('publisher.pub'), formatPublicKey(await testPublisher(nodeCrypto, 3)));
    const round = async (sequence: number, trust: readonly string[]) => {
      const page = (whose: string) => [{ 'index.html': `${whose} ${sequence}` }];
      const first = await sentEdition({ ...given, sequence, publisher, content: page('mine') });
      const own = { publisher: others, tsi: 8, uplinkSeed: new Uint8Array(32).fill(9) };
      const second = await sentEdition({ ...given, sequence, ...own, content: page('theirs') });
      const listening = start(...trust.flatMap((line) => ['--trust', line]));
      await sendTo(listening, ...(await first.all()));
      // who comes first has the name
      if (trust.includes(mine)) await listening.event('complete', { publisher: publisherId(publisher) });
      await sendTo(listening, ...(await second.all()));
      await listening.event('complete', { publisher: publisherId(others) });
      listening.child.kill('SIGTERM');
      expect(await listening.exit).toBe(0);
      const pages = ['news', 'news-2', 'news-NOT-TRUSTED'].map(
        (path) => standing(`out/${path}`)?.['index.html'],
      );
      const mark = / is of publisher [\d ]{47}, whom --trust does not name any more: it was called news, /;
      return [pages, listening.events().some(({ message }) => mark.test(String(message)))];
    };
    expect(await round(5, [mine, theirs])).toEqual([['mine 5', 'theirs 5', undefined], false]);
    expect(await round(6, [theirs, mine])).toEqual([['mine 6', 'theirs 6', undefined], false]);
    expect(await round(7, [theirs])).toEqual([[undefined, 'theirs 7', 'mine 6'], true]);
    expect(await round(8, [theirs, mine])).toEqual([['mine 8', 'theirs 8', undefined], false]);
  });

  it('lets an edition appear as a whole with --whole', async () => {
    const five = await edition(5);
    const first = start('--whole');
    await sendTo(first, ...(await five.announce()), ...(await five.send(0)));
    await first.event('part', { label: 'index.html', isHidden: true });
    expect(standing()).toBeUndefined();
    first.child.kill('SIGKILL');
    await first.exit;
    const second = start('--whole', '--once');
    await sendTo(second, await five.index.fdt(), ...five.news);
    await second.event('complete', { sequence: 5 });
    expect(await second.exit).toBe(0);
    expect(standing()).toEqual(five.tree);
  });

  it('goes on after it was killed, with all that had reached the disk', async () => {
    const five = await edition(5);
    const half = five.news.slice(0, Math.floor(five.news.length / 2));
    const first = start();
    await sendTo(first, ...(await five.announce()), ...(await five.send(0)), ...half);
    await first.event('part', { label: 'index.html' });
    await vi.waitFor(() => expect(stored()).toBeGreaterThan(total(half)), WAIT);
    first.child.kill('SIGKILL');
    await first.exit;
    expect(standing()).toEqual({ 'index.html': 'page' });
    const last = start('--once');
    await last.event('resumed');
    // neither the index nor the front comes again
    await sendTo(last, five.news[0]!, ...five.news.slice(half.length));
    await last.event('complete', { sequence: 5 });
    await sendTo(last, await five.index.fdt());
    expect(await last.exit).toBe(0);
    expect(standing()).toEqual(five.tree);
    // no symbol had to be sent twice
    const { kept } = last.events().at(-1) as { kept: number };
    expect(half.length - 1 + kept).toBeLessThan(five.news.length);
  });

  it('shares its state with the reading of recordings, both ways', async () => {
    const [five, six] = [await edition(5), await edition(6)];
    const half = Math.floor(five.news.length / 2);
    const record = (name: string, datagrams: readonly Uint8Array[]) => {
      const flow = {
        source: '192.0.2.1',
        destination: '239.255.0.1',
        sourcePort: 4001,
        destinationPort: 4001,
      };
      const records = datagrams.map((payload) => pcapRecord({ ...flow, timestampNs: 0n, payload }));
      writeFileSync(at(name), concatBytes(pcapHeader(), ...records));
      const own = ['--trust', at('publisher.pub'), '--out', at(`${name}-out`), '--state', at('state')];
      return spawnSync(process.execPath, [CLI, at(name), ...own], { encoding: 'utf8' });
    };
    const first = start();
    await sendTo(first, ...(await five.announce()), ...five.news.slice(0, half));
    await vi.waitFor(() => expect(stored()).toBeGreaterThan(total(five.news.slice(0, half))), WAIT);
    const meanwhile = record('meanwhile.pcap', await five.announce());
    expect([meanwhile.status, meanwhile.stderr]).toEqual([
      1,
      expect.stringMatching(/^Another process \(\d+\) uses/),
    ]);
    first.child.kill('SIGTERM');
    await first.exit;
    const table = five.news[0]!;
    const rest = record('rest.pcap', [table, ...five.news.slice(half), ...(await five.send(0))]);
    expect([rest.status, rest.stderr], rest.stdout).toEqual([0, '']);
    expect(standing('rest.pcap-out')).toEqual(five.tree);

    const begun = [...(await six.announce()), ...(await six.send(0)), ...six.news.slice(0, half)];
    const cut = record('begun.pcap', begun);
    expect([cut.status, cut.stdout]).toEqual([
      1,
      expect.stringContaining('the front is there; the text is missing'),
    ]);
    const last = start('--once');
    await last.event('resumed');
    // the front comes from the state
    await last.event('part', { sequence: 6, label: 'index.html' });
    await sendTo(last, six.news[0]!, ...six.news.slice(half), await six.index.fdt());
    await last.event('complete', { sequence: 6 });
    expect(await last.exit).toBe(0);
    expect(standing()).toEqual(six.tree);
  });

  /** A port that no other run of these tests uses at the same time. */
  const port = 20_000 + (process.pid % 10_000);
  /** Where to send and listen, the options of both sides, and those of the receiver. */
  type Way = (ipv6: Ipv6Interface) => { to: string; both?: string[]; receiver?: string[] };
  const linkLocal = ({ addresses }: Ipv6Interface) => addresses.find((address) => address.includes('%'))!;

  it.for<[string, Way]>([
    [
      'an IPv4 group',
      () => ({ to: `239.255.${1 + (process.pid % 250)}.7:${port}`, both: ['--iface', '127.0.0.1'] }),
    ],
    ['an IPv6 address', () => ({ to: `[::1]:${port}` })],
    [
      'an IPv6 group by the address of an interface',
      ({ addresses }) => ({
        to: `[ff15::${process.pid % 10_000}]:${port}`,
        both: ['--iface', addresses[0]!],
      }),
    ],
    [
      'an IPv6 group of the link, from one source',
      (ipv6) => ({
        to: `[ff32::8000:${process.pid % 10_000}]:${port}`,
        both: ['--iface', linkLocal(ipv6)],
        receiver: ['--source', linkLocal(ipv6).split('%')[0]!],
      }),
    ],
  ])('receives several bundles of "datacast send" to %s', async ([name, way], context) => {
    const ipv6 = /IPv6 group/.test(name) ? await requireIpv6Multicast(context) : { name: '', addresses: [] };
    if (ipv6 === undefined) return;
    const { to, both = [], receiver = [] } = way(ipv6);
    for (const name of ['news', 'sport']) {
      mkdirSync(at(name));
      writeFileSync(join(at(name), 'news.bin'), createPrng(name.length).bytes(50_000));
    }
    const encoder = (...args: string[]) =>
      spawnSync(process.execPath, [dist('encoder'), ...args], { encoding: 'utf8' });
    expect(encoder('keygen', '--out', at('keys'), '--no-password').status).toBe(0);
    const places = ['--trust', at('keys/publisher.pub'), '--out', at('out'), '--state', at('state')];
    const listening = ['listen', to, ...both, ...receiver, ...places, '--log', 'json'];
    const child = spawn(process.execPath, [CLI, ...listening]);
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    await Promise.race([exit, vi.waitFor(() => expect(stderr).toMatch(/"listening"/), WAIT)]);
    expect(child.exitCode, stderr).toBe(null);
    const link = ['--keys', at('keys'), '--dest', to, ...both, '--rate', '8M'];
    const sent = encoder('send', at('news'), at('sport'), ...link, '--passes', '2', '--level', '1');
    expect(sent.status, sent.stderr).toBe(0);
    // a busy machine may announce one bundle long after the other: --once would not wait for it
    await vi.waitFor(() => expect(stderr.match(/"complete"/g), stderr).toHaveLength(2), WAIT);
    child.kill('SIGTERM');
    expect(await exit, stderr).toBe(0);
    for (const name of ['news', 'sport']) {
      expect(readFileSync(join(at('out'), name, 'news.bin'))).toEqual(
        readFileSync(join(at(name), 'news.bin')),
      );
    }
  });

  it.each<[string, number, RegExp, string[]]>([
    [
      'no key',
      2,
      /Give the publisher's public key with --trust/,
      ['127.0.0.1:0', '--out', 'o', '--state', 's'],
    ],
    [
      'no state',
      2,
      /--state <DIR>' not specified/,
      ['127.0.0.1:0', '--out', 'o', '--trust', 'publisher.pub'],
    ],
    ['no address', 2, /An address and a port are needed/, ['localhost:1', '--out', 'o', '--state', 's']],
    [
      'a source of no group',
      1,
      /^--source belongs to a multicast group, and 127\.0\.0\.1 is none/,
      ['127.0.0.1:0', '--source', '192.0.2.1', '--out', 'o', '--state', 's', '--trust', 'publisher.pub'],
    ],
    [
      'a state of a later version',
      1,
      /seen\.json has version 2, .*: run that one, or remove it\. Without it older editions may be received/,
      ['127.0.0.1:0', '--out', 'o', '--state', 'later', '--trust', 'publisher.pub'],
    ],
  ])('says what cannot be: %s', async (_, status, message, args) => {
    mkdirSync(at('later'));
    const text = '{"version":2}';
    writeFileSync(join(at('later'), 'seen.json'), `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
    let stderr = '';
    const io = { stdout: { write: () => {} }, stderr: { write: (text: string) => (stderr += text) } };
    const interrupted = new AbortController().signal;
    const program = createReceiveProgram({ io, crypto: nodeCrypto, interrupted });
    const inWork = args.map((arg) => (/^(o|s|later|publisher\.pub)$/.test(arg) ? at(arg) : arg));
    const code = await runCli(program, ['listen', ...inWork], io);
    expect([code, stderr]).toEqual([status, expect.stringMatching(message)]);
  });
});
