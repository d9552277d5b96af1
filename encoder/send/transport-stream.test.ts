import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parsePublicKey } from '../../codecs/minisign/index.js';
import { createTransportStreamReader } from '../../codecs/mpegts/index.js';
import { continuityGaps, packetsOf, pcrOf } from '../../codecs/mpegts/testing.js';
import { browsersHere } from '../../fixtures/browsers.js';
import { cliOf, compareDirectories, runProgram } from '../../fixtures/job.js';
import { openWorkshop, startWith } from '../../fixtures/page/page.js';
import { requireTool } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import { runProgram as runHere } from '../testing-program.js';
import { listen } from './testing-socket.js';

/** `datacast send --ts` on the loopback interface. Processes and threads run what was built last. */

let work: string;
const at = (name: string) => join(work, name);
const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, i) => ((i + seed) * 2654435761) % 4294967296).join('\n');

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-live-'));
  mkdirSync(at('news'));
  writeFileSync(at('news/index.html'), numbers(20_000, 1));
  run('keygen', '--out', at('keys'), '--no-password');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function run(...args: string[]) {
  return runProgram('datacast', args);
}

function start(...args: string[]) {
  const child: ChildProcess = spawn(process.execPath, [cliOf('datacast'), 'send', ...args], { cwd: work });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exit, stderr: () => stderr };
}

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

function read(datagrams: readonly Uint8Array[]) {
  const reader = createTransportStreamReader();
  const found = [...reader.push(Buffer.concat(datagrams)), ...reader.end()];
  return { payloads: found.map(({ payload }) => Buffer.from(payload)), counters: reader.counters };
}

const TELEVISION = ['--ts-service', 'tv', '--ts-rate', '1200k'];

describe.each([
  ['a data service', ['--ts-rate', '1M']],
  ['a television service', TELEVISION],
])('send of %s', (_, service) => {
  it('gives all destinations the same, and goes on over restarts', async () => {
    const [plain, one, other, rtp] = [await listen(), await listen(), await listen(), await listen()];
    const state = at(`state-${service.length}`);
    const args = ['news', '--keys', 'keys', '--state', state, '--dest', plain.address, '--passes', '1'];
    const streams = ['--ts', `udp://${one.address}`, '--ts', `udp://${other.address}`];
    for (let life = 0; life < 2; life++) {
      const sender = start(...args, ...streams, '--ts', `rtp://${rtp.address}`, ...service);
      expect(await sender.exit, sender.stderr()).toBe(0);
    }
    const bytes = Buffer.concat(one.datagrams);
    await vi.waitFor(() => {
      expect(Buffer.concat(other.datagrams).equals(bytes)).toBe(true);
      expect(Buffer.concat(rtp.datagrams.map((packet) => packet.subarray(12))).equals(bytes)).toBe(true);
    }, WAIT);
    const { payloads, counters } = read(one.datagrams);
    expect(payloads.map(String)).toEqual(plain.datagrams.map((datagram) => String(Buffer.from(datagram))));
    expect(payloads.length).toBeGreaterThan(40);
    expect(counters).toMatchObject({ discontinuities: 0, badSections: 0, damagedMessages: 0 });
    // not by discontinuity_indicator, but by counting on
    expect(continuityGaps(packetsOf(bytes))).toEqual([]);
    const pcrs = packetsOf(bytes).flatMap((packet) => pcrOf(packet) ?? []);
    expect(pcrs).toEqual([...pcrs].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('has no continuity error after it was killed', async () => {
    const stream = await listen();
    const args = ['news', '--keys', 'keys', '--state', at(`killed-${service.length}`), ...service];
    for (let life = 0; life < 3; life++) {
      const before = stream.datagrams.length;
      const sender = start(...args, '--ts', `udp://${stream.address}`);
      const found = () => read(stream.datagrams.slice(before)).payloads.length;
      await vi.waitFor(() => expect(found()).toBeGreaterThan(40), { ...WAIT, interval: 200 });
      sender.child.kill('SIGKILL');
      await sender.exit;
    }
    const { payloads, counters } = read(stream.datagrams);
    expect(counters.discontinuities).toBe(0);
    // a message or section is torn each time
    expect(payloads.length).toBeGreaterThan(110);
  });
});

describe('send --ts', () => {
  it('goes on to others when a destination fails, tells of it and counts it', async () => {
    const stream = await listen();
    // a broadcast address is refused
    const broken = '255.255.255.255:9';
    const args = ['news', '--keys', 'keys', '--state', 'broken', '--passes', '1', ...TELEVISION];
    const where = ['--dest', broken, '--ts', `udp://${broken}`, '--ts', `udp://${stream.address}`];
    const { exit, stderr } = start(...args, ...where, '--log', 'json');
    expect(await exit, stderr()).toBe(0);
    const events = stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const problems = events.filter(({ type }) => type === 'problem').map(({ message }) => message);
    expect(problems).toContainEqual(
      expect.stringMatching(/^The system refuses datagrams to 255\.255\.255\.255:9: /),
    );
    expect(problems).toContainEqual(
      expect.stringMatching(/^The system refuses datagrams to udp:\/\/255\.255/),
    );
    expect(events.find(({ type }) => type === 'started').destinations).toEqual([
      broken,
      `udp://${broken}`,
      `udp://${stream.address}`,
    ]);
    const { payloads, counters } = read(stream.datagrams);
    expect(counters.discontinuities).toBe(0);
    expect(events.find(({ type }) => type === 'stopped').datagrams).toBe(payloads.length);
    const all = run(
      'send',
      at('news'),
      '--keys',
      at('keys'),
      '--passes',
      '1',
      ...TELEVISION,
      '--ts',
      `udp://${broken}`,
    );
    expect(all.status).toBe(1);
    expect(all.stderr).toContain('The system refused every datagram');
  });

  it.each<[string[], RegExp]>([
    [['--ts-rate', '1M'], /Give --dest, where the datagrams go, or --ts/],
    [['--dest', '127.0.0.1:9', '--rate', '1M', '--slate-text', 'x'], /Where does the transport stream go/],
    [['--ts', 'udp://127.0.0.1:9'], /constant rate: give it with --ts-rate/],
    [['--ts', '127.0.0.1:9', '--ts-rate', '1M'], /Give udp:\/\/ or rtp:\/\/ with an address/],
    [['--ts', 'udp://127.0.0.1:9', '--ts-rate', '1M', '--carrier', 'video'], /add --ts-service tv/],
    [
      ['--ts', 'udp://127.0.0.1:9', '--ts-rate', '1M', '--rate', '1M'],
      /of 1000000 bit\/s carries \d+ bit\/s of IP packets, not 1000000/,
    ],
    [
      ['--ts', 'udp://127.0.0.1:9', ...TELEVISION, '--rate', '1.2M'],
      /of 1200000 bit\/s carries \d+ bit\/s of datagrams, not 1200000/,
    ],
    [
      ['--ts', 'udp://127.0.0.1:9', '--ts-rate', '1M', '--ts-service', 'tv-hd', '--ts-video', 'mpeg2'],
      /tv-sd and tv-hd are services of H\.264: give --ts-service tv/,
    ],
    [['--ts', 'udp://127.0.0.1:9', '--ts-rate', '30k'], /has no room for content: give a higher --ts-rate/],
    [
      ['--ts', 'udp://127.0.0.1:9', '--ts-rate', '1M', '--mtu', '5000'],
      /4080 bytes at most: give a smaller --mtu/,
    ],
  ])('refuses %j before it packs', async (options, sentence) => {
    const where = ['--keys', at('keys'), '--state', at('none')];
    const { code, stderr } = await runHere(['send', at('news'), ...where, ...options]);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(2);
    expect(existsSync(at('none/uplink-objects'))).toBe(false);
  });

  it('refuses a pair of rates in encode, too', async () => {
    const args = [
      'encode',
      at('news'),
      '--keys',
      at('keys'),
      '--out',
      at('no.ts'),
      '--rate',
      '1M',
      '--ts-rate',
      '1M',
    ];
    const { code, stderr } = await runHere(args, { now: Date.now() });
    expect(stderr).toMatch(/of 1000000 bit\/s carries 9\d+ bit\/s of IP packets, not 1000000/);
    expect(code).toBe(2);
  });

  it('is recorded by ffmpeg, and the stick is read by datacast-receive and by the page', async (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const port = await freePort();
    const url = `udp://127.0.0.1:${port}`;
    const stick = at('REC0001.ts');
    const input = ['-v', 'debug', '-i', `${url}?buffer_size=4194304&fifo_size=100000&overrun_nonfatal=1`];
    const ffmpeg = spawn('ffmpeg', ['-nostdin', ...input, '-map', '0', '-c', 'copy', '-f', 'mpegts', stick]);
    onTestFinished(() => void ffmpeg.kill('SIGKILL'));
    let said = '';
    ffmpeg.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<void>((resolve) => ffmpeg.on('exit', () => resolve()));
    const sender = start('news', '--keys', 'keys', '--state', 'recorded', '--ts', url, ...TELEVISION);
    // several passes, and all that is announced
    const size = () => (existsSync(stick) ? statSync(stick).size : 0);
    await vi.waitFor(() => expect(size()).toBeGreaterThan(1_200_000), WAIT);
    ffmpeg.kill('SIGINT');
    await ended;
    sender.child.kill('SIGTERM');
    expect(await sender.exit).toBe(0);
    expect(said).toContain('Video: h264');
    expect(said).toContain('Audio: mp2');
    expect(said).not.toContain('Continuity check failed');
    expect(said).not.toMatch(/corrupt/i);
    const probed = spawnSync('ffmpeg', ['-v', 'error', '-i', stick, '-f', 'null', '-'], { encoding: 'utf8' });
    expect(probed.stderr).toBe('');
    const trust = ['--trust', at('keys/publisher.pub'), '--out', at('back')];
    const { status, stderr } = runProgram('datacast-receive', [stick, ...trust]);
    expect(status, stderr).toBe(0);
    expect(compareDirectories(at('news'), at('back'))).toBe(1);
    const workshop = openWorkshop();
    onTestFinished(workshop.remove);
    const page = workshop.page('page.html', [parsePublicKey(readFileSync(at('keys/publisher.pub'), 'utf8'))]);
    for (const name of browsersHere()) {
      const { browser, open } = await startWith(name, page, { profile: workshop.profile() });
      onTestFinished(() => browser.close().catch(() => {}));
      await open.begin('nothing');
      expect(await open.add(stick), name).toMatch(/can be read now/);
      await open.says('All of it is here.');
      await open.click('Read news');
      expect(await open.reading('body')).toContain(numbers(20, 1).split('\n')[19]);
    }
  });
});
