import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { requireMounts } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import { createKeys } from '../keys/keys.js';

const CLI = fileURLToPath(new URL('../../dist/encoder/cli.js', import.meta.url));
let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-full-send-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

it('sends on while the disk is full, also after a restart, and takes new content when there is room', async (context) => {
  if (!requireMounts(context)) return;
  await createKeys(join(work, 'keys'), nodeCrypto, { now: Date.now() });
  mkdirSync(join(work, 'news'));
  writeFileSync(join(work, 'news', 'index.html'), 'one');
  const socket = createSocket('udp4');
  let received = 0;
  socket.on('message', () => received++);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  const channel = [
    `dest: 127.0.0.1:${socket.address().port}`,
    'rate: 4M',
    'watch: 1s',
    'settle: 1s',
    'bundles:',
    '  - name: news',
    `    path: ${join(work, 'news')}`,
  ];
  writeFileSync(join(work, 'channel.yaml'), `${channel.join('\n')}\n`);

  // a namespace with a disk of its own, which lasts as long as this process
  const disk = join(work, 'disk');
  mkdirSync(disk);
  const mounting = 'mount -t tmpfs -o size=1m none "$0" && echo mounted && exec sleep 1000';
  const holder = spawn('unshare', ['-m', 'sh', '-c', mounting, disk]);
  await once(holder.stdout, 'data');
  const seen = `/proc/${holder.pid}/root${disk}`;
  const children: ChildProcess[] = [];

  /** What was being written makes room when it is renamed, so once is not enough. */
  const fill = () =>
    spawnSync('dd', ['if=/dev/zero', `of=${seen}/other`, 'bs=4096', 'oflag=append', 'conv=notrunc']);

  function start() {
    const own = ['--keys', join(work, 'keys'), '--state', join(disk, 'state'), '--log', 'json'];
    const program = [process.execPath, CLI, 'send', '--channel', join(work, 'channel.yaml'), ...own];
    const args = ['-m', '-t', `${holder.pid}`, ...program];
    const child = spawn('nsenter', args);
    children.push(child);
    const events: Record<string, unknown>[] = [];
    createInterface(child.stderr).on('line', (line) => events.push(JSON.parse(line)));
    const until = (type: string, message = /./, meanwhile = () => {}) =>
      vi.waitFor(() => {
        meanwhile();
        const isWanted = (event: Record<string, unknown>) =>
          event.type === type && message.test(String(event.message));
        expect(events.filter(isWanted), JSON.stringify(events.slice(-5))).not.toEqual([]);
      }, WAIT);
    return { child, events, until };
  }

  /** Datagrams come. */
  async function isSending(): Promise<void> {
    const before = received;
    await vi.waitFor(() => expect(received).toBeGreaterThan(before + 300), WAIT);
  }

  try {
    const first = start();
    await first.until('edition');
    await first.until('problem', /^The state cannot be written, and sending goes on/, fill);
    await isSending();
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(first.events.filter(({ message }) => /^The state/.test(String(message))).length).toBeLessThan(4);

    // what was there before is sent without a word to the disk
    const second = start();
    await second.until('edition');
    await isSending();
    fill();
    writeFileSync(join(work, 'news', 'index.html'), 'a new edition');
    await second.until('problem', /^The disk is full: /, fill);
    await isSending();
    spawnSync('rm', [`${seen}/other`]);
    second.child.kill('SIGHUP');
    await vi.waitFor(() => {
      expect(second.events.filter(({ type }) => type === 'edition')).toHaveLength(2);
    }, WAIT);
    await isSending();
    second.child.kill('SIGTERM');
    const [code] = await once(second.child, 'exit');
    expect(code).toBe(0);
  } finally {
    for (const child of [...children, holder]) child.kill('SIGKILL');
    socket.close();
  }
});
