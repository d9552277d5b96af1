import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { createPrng } from '../../fixtures/prng.js';
import { requireMounts } from '../../fixtures/tools.js';
import { testPublisher } from '../testing.js';
import { sentEdition } from '../testing-content.js';

const CLI = fileURLToPath(new URL('../../dist/receiver/cli.js', import.meta.url));
const WAIT = { timeout: 100_000, interval: 50 };
const MIB = 2 ** 20;
/** Of the disk, where there is state and output. */
const DISK = 8 * MIB;
/** Of a part that does not compress. */
const PART = 600_000;
const PARTS = 12;

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-full-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

it('listens on while the disk is full, with what matters most, and completes the rest when there is room', async (context) => {
  if (!requireMounts(context)) return;
  const publisher = await testPublisher(nodeCrypto, 1);
  writeFileSync(join(work, 'publisher.pub'), formatPublicKey(publisher));
  const text = (i: number) => Buffer.from(createPrng(i).bytes((PART * 3) / 4)).toString('base64');
  const content = Array.from({ length: PARTS }, (_, i) => ({ [`${i}.txt`]: text(i) }));
  const schemes = await loadFecSchemes();
  const session = { crypto: nodeCrypto, schemes, publisher, name: 'news', sequence: 5, tsi: 7 };
  const sent = await sentEdition({ ...session, content, symbolSize: 1388 });

  // the disk is another one in a namespace of its own, which the files of the child are seen through
  const script = `mount -t tmpfs -o size=${DISK} none "$0" && exec "$@"`;
  const own = ['--trust', join(work, 'publisher.pub'), '--out', join(work, 'disk', 'out')];
  const args = [
    CLI,
    'listen',
    '127.0.0.1:0',
    ...own,
    '--state',
    join(work, 'disk', 'state'),
    '--log',
    'json',
  ];
  spawnSync('mkdir', [join(work, 'disk')]);
  const child = spawn('unshare', ['-m', 'sh', '-c', script, join(work, 'disk'), process.execPath, ...args]);
  const events: Record<string, unknown>[] = [];
  createInterface(child.stderr).on('line', (line) => events.push(JSON.parse(line)));
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const seen = `/proc/${child.pid}/root${work}/disk`;
  const until = (type: string) =>
    vi.waitFor(() => {
      const found = events.find((event) => event.type === type);
      expect(found, JSON.stringify(events.slice(-5))).toBeDefined();
      return found!;
    }, WAIT);
  try {
    const port = Number(
      String((await until('listening')).at)
        .split(':')
        .at(-1),
    );
    const socket = createSocket('udp4');
    const send = async (datagrams: readonly Uint8Array[]) => {
      for (const [i, datagram] of datagrams.entries()) {
        await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
        if (i % 50 === 0) await setTimeout(2);
      }
    };
    await send(await sent.announce());
    await until('edition');
    // somebody else takes most of the disk
    spawnSync('dd', ['if=/dev/zero', `of=${seen}/other`, `bs=${MIB}`, `count=${(DISK / MIB) * 0.75}`]);
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
    // what was tried in vain is tried again after half a minute
    for (let round = 1; !events.some(({ type }) => type === 'complete') && round < 30; round++) {
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
    socket.close();
  } finally {
    child.kill('SIGTERM');
  }
  expect(await exit).toBe(0);
});
