import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { datagramsOf } from '../codecs/recording/index.js';
import { ROOT } from '../fixtures/job.js';
import { installPackage, runInstalled } from '../fixtures/packed.js';

/** Of the larger file: enough for some 200 symbols. */
const FILE_BYTES = 300_000;
const HTML = '<p>안녕하세요</p>';

let project = '';
let key = '';
const at = (...names: string[]) => join(project, ...names);
beforeAll(() => {
  project = installPackage();
  mkdirSync(at('content/images'), { recursive: true });
  writeFileSync(at('content/index.html'), HTML);
  writeFileSync(at('content/images/noise.bin'), randomBytes(FILE_BYTES));
  runInstalled(project, 'datacast', 'keygen', '--out', 'keys', '--no-password');
  key = readFileSync(at('keys/publisher.pub'), 'utf8').trim().split('\n')[1]!;
  const encoded = ['--keys', 'keys', '--out', 'news.pcap', '--repair', '100'];
  runInstalled(project, 'datacast', 'encode', 'content', ...encoded);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs a script of the project to its end. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  return { status, stdout, stderr };
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

describe('the installed package', () => {
  it('has two executables that say its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(readdirSync(at('node_modules/.bin')).filter((name) => name.startsWith('datacast'))).toEqual([
      'datacast',
      'datacast-receive',
    ]);
    expect(runInstalled(project, 'datacast', '--version')).toBe(`${version}\n`);
    expect(runInstalled(project, 'datacast-receive', '--version')).toBe(`${version}\n`);
  });

  it('brings nothing that only senders use, and says what metrics need', () => {
    for (const name of ['sodium-native', 'prom-client'])
      expect(existsSync(at('node_modules', name))).toBe(false);
    const sending = ['content', '--keys', 'keys', '--dest', '127.0.0.1:9', '--rate', '1M'];
    const cli = at('node_modules/.bin/datacast');
    const { status, stderr } = run(cli, 'send', ...sending, '--metrics', '0', '--duration', '1s');
    expect(stderr).toContain('Metrics need the npm package prom-client');
    expect(status).toBe(1);
    expect(run(cli, 'send', ...sending, '--passes', '1').status).toBe(0);
  });

  it('rebuilds what it sent', () => {
    const args = ['news.pcap', '--trust', 'keys/publisher.pub', '--out', 'received'];
    runInstalled(project, 'datacast-receive', ...args);
    expect(readFileSync(at('received/index.html'), 'utf8')).toBe(HTML);
  });
});

/** Runs receive-udp.mjs. */
function start(port: number, directory: string) {
  const args = ['receive-udp.mjs', `127.0.0.1:${port}`, key, directory];
  const child = spawn(process.execPath, args, { cwd: project });
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, ended };
}

/** Fulfilled when it listens. */
async function begun({ child, output }: ReturnType<typeof start>): Promise<void> {
  const isOver = () => output.text.includes('datagrams of earlier runs') || child.exitCode !== null;
  await expect.poll(isOver).toBe(true);
  await setTimeout(200);
}

describe('the examples', () => {
  it('receive-udp.mjs receives, is killed, and goes on', async () => {
    const port = await freePort();
    const datagrams: Uint8Array[] = [];
    for await (const { payload } of datagramsOf(createReadStream(at('news.pcap')))) datagrams.push(payload);
    const sender = createSocket('udp4');
    const send = async (sent: Uint8Array[]) => {
      for (const datagram of sent) {
        sender.send(datagram, port, '127.0.0.1');
        await setTimeout(1);
      }
    };
    const journals = () => readdirSync(at('store')).filter((name) => name.endsWith('.journal'));

    const first = start(port, 'news');
    await begun(first);
    expect(first.output.text).toBe('0 datagrams of earlier runs\n');
    await send(datagrams.slice(0, 100));
    // what is received is in the store within a second
    await setTimeout(1200);
    expect(first.output.text).toMatch(
      /content, edition \d+: the front is there; the other file is missing\n$/,
    );
    expect(readFileSync(at('news/content/index.html'), 'utf8')).toBe(HTML);
    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(at('news/content/images'))).toBe(false);

    const second = start(port, 'news');
    await begun(second);
    expect(Number(/^(\d+) datagrams of earlier runs/m.exec(second.output.text)?.[1])).toBeGreaterThan(90);
    await send(datagrams.slice(100));
    sender.close();
    expect(await second.ended).toBe(0);
    expect(second.output.text).toMatch(/content, edition \d+: everything is there, 2 files\n$/);
    const noise = (directory: string) => readFileSync(at(directory, 'images/noise.bin'));
    expect(Buffer.compare(noise('news/content'), noise('content'))).toBe(0);
    // of the index
    expect(journals().length).toBe(1);
    expect(existsSync(at('store/lock'))).toBe(false);
  });

  it('receive-udp.mjs ends with what the disk says when it is pulled out', async () => {
    const port = await freePort();
    const running = start(port, 'never');
    await begun(running);
    rmSync(at('store'), { recursive: true });
    const sender = createSocket('udp4');
    for await (const { payload } of datagramsOf(createReadStream(at('news.pcap')))) {
      sender.send(payload, port, '127.0.0.1');
      await setTimeout(1);
    }
    sender.close();
    expect(await running.ended).toBe(1);
    expect(running.output.text).toContain('ENOENT');
    expect(existsSync(at('never/content'))).toBe(false);
  });

  it('unpack-recording.mjs lists and shows files', () => {
    const { status, stdout, stderr } = run('unpack-recording.mjs', 'news.pcap', key, 'index.html');
    expect(stderr).toBe('');
    expect(stdout.replace(/\d{6,}/, '<number>')).toBe(
      `content, edition <number>, has 2 parts\nfront: index.html, ${Buffer.byteLength(HTML)} bytes\n${HTML}\n` +
        `other: images/noise.bin, ${FILE_BYTES} bytes\ncontent: 2 of 2 parts are complete\n`,
    );
    expect(status).toBe(0);
    const wrong = run('unpack-recording.mjs', 'news.pcap', 'RWQnonsense');
    expect(wrong.stderr).toContain("TypeError: trust is no publisher's public key");
    expect(wrong.status).toBe(1);
  });

  it('unpack-recording.mjs shows nothing of a publisher that is not trusted', () => {
    runInstalled(project, 'datacast', 'keygen', '--out', 'other', '--no-password');
    const { status, stdout, stderr } = run(
      'unpack-recording.mjs',
      'news.pcap',
      readFileSync(at('other/publisher.pub'), 'utf8'),
    );
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^No edition: .*"untrusted-publisher":[1-9]/);
    expect(status).toBe(0);
  });

  it('runs as CommonJS', () => {
    writeFileSync(
      at('common.cjs'),
      `
const { createHash } = require('node:crypto');
const { openReceiver } = require('datacast');
const { readRecording } = require('datacast/node');
const { openDirectoryStore } = require('datacast/stores/directory');
const { parsePublicKey } = require('datacast/minisign');
const { createRecordingReader } = require('datacast/recording');
async function main() {
  if (typeof openDirectoryStore !== 'function' || typeof createRecordingReader !== 'function') throw new Error();
  const receiver = await openReceiver({ trust: [parsePublicKey(process.argv[2])] });
  receiver.on('part', async ({ content }) => {
    for await (const file of content.files()) {
      const hash = createHash('sha256');
      for await (const piece of file.stream()) hash.update(piece);
      console.log(file.path, hash.digest('hex'));
    }
  });
  for await (const { payload } of readRecording('news.pcap')) receiver.push(payload);
  await receiver.idle();
}
main();`,
    );
    const { status, stdout, stderr } = run('common.cjs', key);
    const digest = (path: string) =>
      createHash('sha256')
        .update(readFileSync(at('content', path)))
        .digest('hex');
    const files = ['index.html', 'images/noise.bin'].map((path) => `${path} ${digest(path)}\n`);
    expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: files.join('') });
  });

  it.each([
    [
      'nodenext',
      [
        '--module',
        'nodenext',
        '--allowJs',
        '--checkJs',
        '--types',
        'node',
        'receive-udp.mjs',
        'unpack-recording.mjs',
      ],
    ],
    [
      'bundler',
      [
        '--module',
        'esnext',
        '--moduleResolution',
        'bundler',
        '--types',
        '',
        '--lib',
        'es2023,dom',
        'browser-page/page.ts',
      ],
    ],
  ])('are right by their types: %s', (_, args) => {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    const tsc = typescript.replace(/package\.json$/, 'bin/tsc');
    const { status, stdout } = run(tsc, '--noEmit', '--strict', '--target', 'es2022', ...args);
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each([
    ['js', 'receive-udp.mjs'],
    ['js', 'unpack-recording.mjs'],
    ['ts', 'browser-page/page.ts'],
  ])('stand in the documentation as they are: %s %s', (language, path) => {
    const document = readFileSync(join(ROOT, 'docs', 'receiver-library.md'), 'utf8');
    const [, code] = readFileSync(join(ROOT, 'examples', path), 'utf8').split(/^(?:\/\/.*\n)+/);
    expect(document).toContain(`\`\`\`${language}\n${code}\`\`\`\n`);
  });
});
