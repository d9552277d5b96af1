import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cliOf, type Program, ROOT, runProgram } from '../../fixtures/job.js';

const PROGRAMS: Program[] = ['datacast', 'datacast-receive', 'datacast-bench'];
const RUNS = 5;

interface Ending {
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs an executable with an output whose reader ends before anything is written. */
async function runUnread(program: Program, args: string[], unread: 'stdout' | 'stderr'): Promise<Ending> {
  const child = spawn(process.execPath, [cliOf(program), ...args]);
  child[unread].destroy();
  return ended(child);
}

async function ended(child: ChildProcess): Promise<Ending> {
  onTestFinished(() => void child.kill('SIGKILL'));
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stderr };
}

describe.each(PROGRAMS)('%s', (program) => {
  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(runProgram(program, ['--version'])).toMatchObject({
      status: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });

  it('ends quietly when nobody reads its help', async () => {
    const runs = Array.from({ length: RUNS }, () => runUnread(program, ['--help'], 'stdout'));
    expect(await Promise.all(runs)).toEqual(Array(RUNS).fill({ code: 0, stderr: '' }));
    const piped = `"${process.execPath}" "${cliOf(program)}" --help | head -1`;
    for (let i = 0; i < RUNS; i++) {
      const { stdout, stderr } = spawnSync('sh', ['-c', piped], { encoding: 'utf8' });
      expect(stdout).toMatch(new RegExp(`^Usage: ${program} .*\n$`));
      expect(stderr).toBe('');
    }
  });

  it('has its exit code when nobody reads what went wrong', async () => {
    const runs = Array.from({ length: RUNS }, () => runUnread(program, ['--nonsense'], 'stderr'));
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual(Array(RUNS).fill(2));
  });

  it.skipIf(!existsSync('/dev/full'))('says that its output is on a full disk', () => {
    const command = `"${process.execPath}" "${cliOf(program)}" --help > /dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(stderr).toBe('The disk is full: The output could not be written. Free some space.\n');
    expect(status).toBe(1);
  });
});

describe('work goes on', () => {
  let work = '';
  const at = (name: string) => join(work, name);
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'datacast-pipes-'));
    mkdirSync(at('news'));
    writeFileSync(at('news/index.html'), 'news');
    expect(runProgram('datacast', ['keygen', '--out', at('keys'), '--no-password']).status).toBe(0);
    return () => rmSync(work, { recursive: true, force: true });
  });

  it('of an encoder whose report nobody reads', async () => {
    const args = ['encode', at('news'), '--keys', at('keys'), '--out', at('news.pcap')];
    const stderr = expect.stringMatching(/^The publisher's secret key is on this machine[^\n]*\n$/);
    expect(await runUnread('datacast', args, 'stdout')).toEqual({ code: 0, stderr });
    expect(existsSync(at('news.pcap'))).toBe(true);
  });

  it('of a sender and a listener whose log nobody reads any more', async () => {
    const free = createSocket('udp4');
    await new Promise<void>((resolve) => free.bind(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise<void>((resolve) => free.close(resolve));

    const start = (program: Program, ...args: string[]) => spawn(process.execPath, [cliOf(program), ...args]);
    const directories = ['--out', at('content'), '--state', at('state')];
    const trust = ['--trust', at('keys/publisher.pub')];
    const listener = start('datacast-receive', 'listen', address, ...trust, ...directories);
    const sending = ['--keys', at('keys'), '--dest', address, '--rate', '100k', '--fdt-interval', '1s'];
    const sender = start('datacast', 'send', at('news'), ...sending);
    for (const child of [listener, sender]) {
      // the first line is read, and then nobody is there
      await new Promise((resolve) => child.stderr.once('data', resolve));
      child.stderr.destroy();
    }
    const [listening, sent] = [ended(listener), ended(sender)];
    const file = at('content/news/index.html');
    await expect.poll(() => existsSync(file)).toBe(true);
    // both go on to write lines: the sender of a new edition, the listener of what came
    writeFileSync(at('news/index.html'), 'more news');
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('more news');
    await setTimeout(100);
    expect([listener.exitCode, sender.exitCode]).toEqual([null, null]);
    listener.kill('SIGTERM');
    sender.kill('SIGTERM');
    expect([(await listening).code, (await sent).code]).toEqual([0, 0]);
  });
});
