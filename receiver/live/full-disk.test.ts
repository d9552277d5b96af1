import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import { requireMounts } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import { testPublisher } from '../testing.js';
import { sentEdition } from '../testing-content.js';

const CLI = fileURLToPath(new URL('../../dist/receiver/cli.js', import.meta.url));
const MIB = 2 ** 20;
/** Of the disk, where there is state and output: an edition of 7.2 MB, and twice what two parts take in the store. */
const DISK = 10 * MIB;
/** That somebody else takes. */
const TAKEN = 8 * MIB;
/** Of a part that does not compress. */
const PART = 600_000;
const PARTS = 12;

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-full-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Listens with the output on a disk of so many bytes, which the files of the child are seen through. */
async function startListening(bytes: number, state: string) {
  const disk = join(work, 'disk');
  mkdirSync(disk, { recursive: true });
  // the disk is in a namespace of its own
  const script = `mount -t tmpfs -o size=${bytes} none "$0" && exec "$@"`;
  const places = ['--out', join(disk, 'out'), '--state', join(work, state)];
  const trust = ['--trust', join(work, 'publisher.pub')];
  const args = [CLI, 'listen', '127.0.0.1:0', ...trust, ...places, '--log', 'json'];
  const child = spawn('unshare', ['-m', 'sh', '-c', script, disk, process.execPath, ...args]);
  const events: Record<string, unknown>[] = [];
  createInterface(child.stderr).on('line', (line) => events.push(JSON.parse(line)));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const until = (type: string) =>
    vi.waitFor(() => {
      const found = events.find((event) => event.type === type);
      expect(found, JSON.stringify(events.slice(-5))).toBeDefined();
      return found!;
    }, WAIT);
  const socket = createSocket('udp4');
  onTestFinished(() => void child.kill('SIGKILL'));
  const port = Number(
    String((await until('listening')).at)
      .split(':')
      .at(-1),
  );
  const send = async (datagrams: readonly Uint8Array[]) => {
    for (const [i, datagram] of datagrams.entries()) {
      await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
      if (i % 50 === 0) await setTimeout(2);
    }
  };
  const close = () => {
    socket.close();
    child.kill('SIGTERM');
  };
  return { child, exit, events, until, send, seen: `/proc/${child.pid}/root${disk}`, close };
}

it('listens on while the disk is full, with what matters most, and completes the rest when there is room', async (context) => {
  if (!requireMounts(context)) return;
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(work, 'publisher.pub'), formatPublicKey(publisher));
  const text = (i: number) => Buffer.from(createPrng(i).bytes((PART * 3) / 4)).toString('base64');
  const content = Array.from({ length: PARTS }, (_, i) => ({ [`${i}.txt`]: text(i) }));
  const schemes = await loadFecSchemes();
  const session = { crypto: nodeCrypto, schemes, publisher, name: 'news', sequence: 5, tsi: 7 };
  const sent = await sentEdition({ ...session, content, symbolSize: 1388 });

  const { child, exit, events, until, send, seen, close } = await startListening(DISK, 'disk/state');
  try {
    await send(await sent.announce());
    await until('edition');
    // somebody else takes most of the disk
    spawnSync('dd', ['if=/dev/zero', `of=${seen}/other`, `bs=${MIB}`, `count=${TAKEN / MIB}`]);
    const pass = async (first: number) => {
      for (const part of sent.parts) await send([await part.fdt()]);
      const symbols = await Promise.all(
        sent.parts.map((part) => part.symbols(0, first, part.blocks[0]!.sourceSymbols + 8)),
      );
      // all parts at the same time, as a carousel does
      for (let i = 0; i < symbols[0]!.length; i++) await send(symbols.map((each) => each[i]!));
    };
    await pass(0);
    const problem = await until('problem');
    expect(problem).toBeDefined();
    await vi.waitFor(() => {
      const full = events.filter(({ message }) => /^The disk is full/.test(String(message)));
      expect(full.length).toBeGreaterThan(0);
    }, WAIT);
    expect(child.exitCode).toBeNull();
    spawnSync('rm', [`${seen}/other`]);
    // what was tried in vain is tried again after half a minute, and a busy machine takes longer
    const end = performance.now() + WAIT.timeout;
    for (let round = 1; !events.some(({ type }) => type === 'complete') && performance.now() < end; round++) {
      await pass(1000 * round);
      await setTimeout(2000);
    }
    expect(await until('complete')).toMatchObject({ bundle: 'news', sequence: 5 });
    for (let i = 0; i < PARTS; i++) {
      const { stdout } = spawnSync('cat', [`${seen}/out/news/${i}.txt`], {
        encoding: 'utf8',
        maxBuffer: PART,
      });
      expect(stdout).toBe(text(i));
    }
    // one word a minute on each cause
    const words = events.filter(({ type, message }) => type === 'problem' && /disk/.test(String(message)));
    expect(words.length).toBeLessThan(10);
  } finally {
    close();
  }
  expect(await exit).toBe(0);
});

it('keeps what is incomplete where another disk than its own is full', async (context) => {
  if (!requireMounts(context)) return;
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(work, 'publisher.pub'), formatPublicKey(publisher));
  const schemes = await loadFecSchemes();
  const session = { crypto: nodeCrypto, schemes, publisher, name: 'news', sequence: 5, tsi: 7 };
  const base64 = (seed: number, bytes: number) =>
    Buffer.from(createPrng(seed).bytes(bytes)).toString('base64');
  const content: Record<string, string>[] = [
    { 'large.txt': base64(1, 3 * MIB) },
    { 'small.txt': base64(2, PART / 2) },
  ];
  const sent = await sentEdition({ ...session, content, symbolSize: 1388 });
  const [large, small] = sent.parts;
  const { exit, events, until, send, close } = await startListening(2 * MIB, 'state');
  try {
    await send(await sent.announce());
    await until('edition');
    const needed = small!.blocks[0]!.sourceSymbols;
    await send([await small!.fdt(), ...(await small!.symbols(0, 0, needed - 20))]);
    await send([await large!.fdt()]);
    for (const [i, { sourceSymbols }] of large!.blocks.entries())
      await send(await large!.symbols(i, 0, sourceSymbols + 8));
    await vi.waitFor(
      () => expect(events.some(({ message }) => /disk is full/.test(String(message)))).toBe(true),
      WAIT,
    );
    // what came before the disk was full counts
    await send(await small!.symbols(0, needed, 40));
    expect(await until('part')).toMatchObject({ files: 1, bytes: (PART / 2 / 3) * 4 });
  } finally {
    close();
  }
  expect(await exit).toBe(0);
});

it('writes what is complete though nothing else makes room', async (context) => {
  if (!requireMounts(context)) return;
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(work, 'publisher.pub'), formatPublicKey(publisher));
  const schemes = await loadFecSchemes();
  const session = { crypto: nodeCrypto, schemes, publisher, name: 'news', sequence: 5, tsi: 7 };
  const text = Buffer.from(createPrng(1).bytes((3 * MIB * 3) / 4)).toString('base64');
  const sent = await sentEdition({ ...session, content: [{ 'large.txt': text }], symbolSize: 1388 });
  // datagrams and the object that is made of them have 4.9 MiB, the file 3 MiB
  const { exit, events, until, send, close } = await startListening(6.5 * MIB, 'disk/full');
  try {
    await send(await sent.announce());
    await until('edition');
    const [part] = sent.parts;
    await send([await part!.fdt()]);
    for (const [i, { sourceSymbols }] of part!.blocks.entries())
      await send(await part!.symbols(i, 0, sourceSymbols + 8));
    expect(await until('complete')).toMatchObject({ bundle: 'news', sequence: 5 });
    expect(events.some(({ message }) => /disk is full/i.test(String(message)))).toBe(true);
  } finally {
    close();
  }
  expect(await exit).toBe(0);
});
