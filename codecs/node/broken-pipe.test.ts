import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cliOf, type Program, ROOT, runProgram } from '../../fixtures/job.js';
import { boundedLines, describeLeftOut } from './broken-pipe.js';

const PROGRAMS: Program[] = ['datacast', 'datacast-receive', 'datacast-bench'];
const RUNS = 5;
/** A disk without room; a closed descriptor where the system has no such thing: then tests say so. */
const FULL = existsSync('/dev/full') ? openSync('/dev/full', 'w') : -1;

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

/** Runs an executable with stdout at a descriptor. */
function runInto(stdout: number, program: Program, args: string[]) {
  const stdio: StdioOptions = ['ignore', stdout, 'pipe'];
  return spawnSync(process.execPath, [cliOf(program), ...args], { encoding: 'utf8', stdio });
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
    const { status, stderr } = runInto(FULL, program, ['--help']);
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

  it.skipIf(FULL < 0)('says of each command that its report is on a full disk', () => {
    writeFileSync(at('content.txt'), 'content');
    const encode = ['encode', at('news'), '--keys', at('keys')];
    expect(runProgram('datacast', [...encode, '--out', at('full.pcap')]).status).toBe(0);
    expect(runProgram('datacast', ['keygen', '--uplink', '--out', at('uplink')]).status).toBe(0);
    const certify = ['certify', '--publisher', at('keys'), '--uplink', at('uplink/uplink.pub')];
    const trust = ['--trust', at('keys/publisher.pub')];
    const commands: [Program, string[]][] = [
      ['datacast', ['keygen', '--out', at('others'), '--no-password']],
      ['datacast', [...certify, '--out', at('uplink.cert')]],
      ['datacast', ['sign', at('news'), '--publisher', at('keys'), '--out', at('signed')]],
      ['datacast', [...encode, '--out', at('again.pcap'), '--json']],
      ['datacast', ['inspect', at('full.pcap')]],
      ['datacast', ['plan', '--size', '1M', '--rate', '1M', '--loss', '10']],
      ['datacast', ['page', '--content', at('full.pcap'), ...trust, '--out', at('page.html')]],
      ['datacast-receive', [at('full.pcap'), ...trust, '--out', at('received'), '--json']],
    ];
    for (const [program, args] of commands) {
      const { status, stderr } = runInto(FULL, program, args);
      expect(stderr, args[0]).toMatch(/^The disk is full: The output could not be written\./m);
      expect(stderr, args[0]).not.toMatch(/^ {4}at |Unexpected error/m);
      expect(status, args[0]).toBe(1);
    }
  });

  /** An address of this machine at which nobody listens. */
  async function freeAddress(): Promise<string> {
    const free = createSocket('udp4');
    await new Promise<void>((resolve) => free.bind(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise<void>((resolve) => free.close(resolve));
    return address;
  }

  /** Where the log goes, and when it is lost. */
  const LOGS: [string, () => StdioOptions, (child: ChildProcess) => Promise<void>][] = [
    [
      'nobody reads any more',
      () => ['ignore', 'pipe', 'pipe'],
      async (child) => {
        // the first line is read, and then nobody is there
        await new Promise((resolve) => child.stderr!.once('data', resolve));
        child.stderr!.destroy();
      },
    ],
    ['is on a full disk', () => ['ignore', FULL, FULL], async () => {}],
    [
      'is not read by who is there',
      () => ['ignore', 'pipe', 'pipe'],
      async (child) => void child.stderr!.pause(),
    ],
  ];

  it.skipIf(FULL < 0).each(LOGS)('of a sender and a listener whose log %s', async (_, stdio, lose) => {
    const work = mkdtempSync(join(tmpdir(), 'datacast-log-'));
    onTestFinished(() => rmSync(work, { recursive: true, force: true }));
    mkdirSync(join(work, 'news'));
    const source = join(work, 'news/index.html');
    writeFileSync(source, 'news');
    const address = await freeAddress();
    const start = (program: Program, ...args: string[]) => {
      const child = spawn(process.execPath, [cliOf(program), ...args], { stdio: stdio() });
      onTestFinished(() => void child.kill('SIGKILL'));
      return child;
    };
    const directories = ['--out', join(work, 'content'), '--state', join(work, 'state')];
    const trust = ['--trust', at('keys/publisher.pub')];
    const listener = start('datacast-receive', 'listen', address, ...trust, ...directories);
    const sending = ['--keys', at('keys'), '--dest', address, '--rate', '100k', '--fdt-interval', '1s'];
    const own = ['--state', join(work, 'uplink')];
    const sender = start('datacast', 'send', join(work, 'news'), ...sending, ...own);
    for (const child of [listener, sender]) await lose(child);
    const exits = [listener, sender].map((child) => once(child, 'exit'));
    const file = join(work, 'content/news/index.html');
    await expect.poll(() => existsSync(file)).toBe(true);
    // both go on to write lines: the sender of a new edition, the listener of what came
    writeFileSync(source, 'more news');
    await expect.poll(() => readFileSync(file, 'utf8')).toBe('more news');
    expect([listener.exitCode, sender.exitCode]).toEqual([null, null]);
    listener.kill('SIGTERM');
    sender.kill('SIGTERM');
    expect((await Promise.all(exits)).map(([code]) => code)).toEqual([0, 0]);
  });

  it('to the end when a reader is there and does not read', async () => {
    const lines = 'for (let i = 0; i < 20_000; i++) write("x".repeat(100)); leaveUnread();';
    const module = pathToFileURL(join(ROOT, 'dist/codecs/node/broken-pipe.js'));
    const script = `import { boundedLines, leaveUnread } from '${module}';
      const write = boundedLines(process.stderr, () => {}); ${lines}
      process.stdout.write(String(process.stderr.writableLength));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stderr.pause();
    const [[waiting], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
    expect(Number(waiting)).toBeGreaterThan(2 ** 20);
    expect(Number(waiting)).toBeLessThan(2 ** 20 + 1000);
    expect(code).toBe(0);
  });
});

it('counts the lines that nobody had room for', () => {
  const output = {
    writableLength: 0,
    lines: [] as string[],
    write: (text: string) => void output.lines.push(text),
  };
  const leftOut: number[] = [];
  const write = boundedLines(output, (lines) => leftOut.push(lines));
  write('one');
  output.writableLength = 2 ** 21;
  write('two');
  write('three');
  output.writableLength = 0;
  write('four');
  write('five');
  expect([output.lines, leftOut]).toEqual([['one\n', 'four\n', 'five\n'], [2]]);
  expect(describeLeftOut(2)).toBe('2 lines of this log are missing: nobody read it for a while.');
});
