import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatSecretKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { cliOf, compareDirectories, runProgram } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';
import { WAIT } from '../../fixtures/wait.js';
import { KEY_FILES } from '../keys/keys.js';
import { PASSWORD_VARIABLE } from '../keys/password.js';
import { numbers, type TestPublisher, testPublisher } from './testing.js';

let work: string;
let ours: TestPublisher;
let count = 0;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-sign-'));
  ours = await testPublisher(work);
});
afterAll(() => rmSync(work, { recursive: true }));

const place = () => join(work, `signed-${++count}`);
const signArgs = (out: string, ...more: string[]) => [
  'sign',
  ours.news,
  '--publisher',
  ours.publisher,
  '--out',
  out,
  '--level',
  '3',
  ...more,
];

/** @throws unless it ends well */
function run(...args: string[]): string {
  const { status, stdout, stderr } = runProgram('datacast', args);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function failure(...args: string[]): string {
  const { status, stderr } = runProgram('datacast', args);
  expect(status).not.toBe(0);
  expect(stderr).not.toMatch(/\n {4}at |Unexpected error/);
  return stderr;
}

describe('datacast sign', () => {
  it('makes an edition that an uplink without the secret key records, and receivers take', () => {
    const out = place();
    const recording = join(work, 'sent.pcap');
    expect(run(...signArgs(out))).toMatch(/^Parts +3 of 3 parts carried$/m);
    const report = JSON.parse(run('encode', out, '--keys', ours.uplink, '--out', recording, '--json'));
    expect(report).toMatchObject({ name: 'news', content: { files: 3 } });
    const received = join(work, 'received');
    const trust = readFileSync(join(ours.uplink, KEY_FILES.publisherPublic), 'utf8').split('\n')[1]!;
    const kept = join(work, 'kept');
    const args = [recording, '--trust', trust, '--out', received, '--keep-bundle', kept];
    expect(runProgram('datacast-receive', args).status).toBe(0);
    expect(compareDirectories(ours.news, received)).toBe(3);
    // what a receiver keeps is what was signed
    const again = join(kept, readdirSync(kept)[0]!);
    expect(compareDirectories(out, again)).toBe(6);
    expect(run('encode', again, '--keys', ours.uplink, '--out', join(work, 'again.pcap'))).toMatch(
      /^Signed/m,
    );
  });

  it('makes the same bytes of the same content, on any number of threads', () => {
    const [one, two] = [place(), place()];
    run(...signArgs(one, '--sequence', '4000000001', '--jobs', '1'));
    run(...signArgs(two, '--sequence', '4000000001', '--jobs', '2'));
    compareDirectories(one, two);
  });

  it('makes what ordinary tools check and unpack', (context) => {
    for (const tool of ['minisign', 'zstd', 'tar'] as const) if (!requireTool(tool, context)) return;
    const out = place();
    run(...signArgs(out, '--sequence', '4000000002'));
    const script = `
      minisign -V -p ${join(ours.publisher, 'publisher.pub')} -m index.json.zst &&
      sha256sum -c SHA256SUMS &&
      mkdir "$0" && for part in *.tar.zst; do zstd -d < "$part" | tar x -C "$0"; done`;
    const unpacked = join(work, 'unpacked');
    execFileSync('sh', ['-e', '-c', script, unpacked], { cwd: out, stdio: 'pipe' });
    expect(compareDirectories(ours.news, unpacked)).toBe(3);
  });

  it('carries only new parts with --since, and the two together are whole', () => {
    const [first, second, third] = [place(), place(), place()];
    const page = join(ours.news, 'index.html');
    const before = readFileSync(page);
    run(...signArgs(first, '--sequence', '4000000010'));
    writeFileSync(page, '<h1>Later</h1>\n');
    try {
      expect(run(...signArgs(second, '--sequence', '4000000011', '--since', first))).toMatch(/1 of 3 parts/);
      const parts = readdirSync(second).filter((name) => name.endsWith('.tar.zst'));
      expect(parts).toHaveLength(1);
      const alone = ['encode', second, '--keys', ours.uplink, '--out', join(work, 'alone.pcap')];
      expect(failure(...alone)).toMatch(/2 of 3 parts are missing.*--since/);
      // the next one builds on what was not carried, too
      expect(run(...signArgs(third, '--sequence', '4000000012', '--since', second))).toMatch(/0 of 3 parts/);
      const merged = place();
      for (const each of [first, second, third]) cpSync(each, merged, { recursive: true });
      run('encode', merged, '--keys', ours.uplink, '--out', join(work, 'merged.pcap'));
      expect(failure(...signArgs(place(), '--sequence', '4000000011', '--since', second))).toMatch(
        /not higher/,
      );
    } finally {
      writeFileSync(page, before);
    }
  });

  it('remembers the sequence number, and gives a higher one', () => {
    run(...signArgs(place(), '--sequence', '4000000100'));
    expect(failure(...signArgs(place()))).toMatch(/Set the clock right/);
    rmSync(join(ours.publisher, 'sequences.json'));
    const [first, second] = [0, 0].map(() => JSON.parse(run(...signArgs(place(), '--json'))).sequence);
    expect(second).toBeGreaterThan(first);
    expect(failure('encode', ours.news, '--keys', ours.uplink, '--out', join(work, 'x.pcap'))).toMatch(
      /publisher\.key does not exist.*only editions that are signed already need none/,
    );
  });

  it('overwrites nothing, and signs neither its keys nor itself', () => {
    const out = place();
    run(...signArgs(out));
    expect(failure(...signArgs(out))).toMatch(/exists already/);
    expect(failure(...signArgs(join(ours.news, 'signed')))).toMatch(/would lie inside/);
    expect(failure('sign', out, '--publisher', ours.publisher, '--out', place())).toMatch(
      /signed edition already/,
    );
    const around = join(ours.publisher, '..');
    expect(failure('sign', around, '--publisher', ours.publisher, '--out', place())).toMatch(
      /sent to everybody/,
    );
    expect(failure('encode', out, '--keys', ours.uplink, '--out', 'x.pcap', '--sequence', '5')).toMatch(
      /signed already: leave --sequence out/,
    );
  });

  it('takes the password from a file descriptor', async () => {
    const directory = join(work, 'protected');
    mkdirSync(directory);
    copyFileSync(join(ours.publisher, 'publisher.pub'), join(directory, 'publisher.pub'));
    const cheap = { opslimit: 32_768, memlimit: 16_777_216 };
    const text = await formatSecretKey(nodeCrypto, ours.keys.publisher, '비밀 word', cheap);
    writeFileSync(join(directory, 'publisher.key'), text, { mode: 0o600 });
    writeFileSync(join(work, 'password'), '비밀 word\nsecond line\n');
    const sign = (redirection: string, fd: string) =>
      spawnSync(
        'sh',
        ['-c', `exec "$@" ${redirection}`, 'sh', process.execPath, cliOf('datacast')].concat([
          'sign',
          ours.news,
          '--publisher',
          directory,
          '--out',
          place(),
          '--level',
          '1',
          '--password-fd',
          fd,
        ]),
        { encoding: 'utf8', cwd: work, env: { ...process.env, [PASSWORD_VARIABLE]: 'wrong' } },
      );
    expect(sign('3< password', '3')).toMatchObject({ status: 0 });
    expect(sign('< password', '0')).toMatchObject({ status: 0 });
    expect(sign('4< /dev/null', '4').stderr).toMatch(/gives no password/);
    expect(sign('3< /dev/zero', '3').stderr).toMatch(/password/);
    expect(sign('', '9').stderr).toMatch(/--password-fd 9 is no file descriptor that can be read/);
  });

  it('leaves nothing, or a whole edition, when it is killed at any moment', async () => {
    writeFileSync(join(ours.news, 'images', 'c.jpg'), numbers(400_000, 3));
    const directory = join(work, 'killed');
    mkdirSync(directory);
    const started = performance.now();
    run(...signArgs(join(directory, 'whole')));
    const whole = performance.now() - started;
    let killed = 0;
    for (let i = 1; i <= 6; i++) {
      const out = join(directory, `killed-${i}`);
      const child: ChildProcess = spawn(process.execPath, [cliOf('datacast'), ...signArgs(out)]);
      const exit = new Promise((resolve) => child.on('exit', resolve));
      // some of them in the middle of the work, however fast the machine is
      if (i > 4) await vi.waitFor(() => expect(stagings(directory)).toHaveLength(1), WAIT);
      else await new Promise((resolve) => setTimeout(resolve, (whole * i) / 5));
      child.kill('SIGKILL');
      await exit;
      if (!existsSync(out)) killed++;
      else run('encode', out, '--keys', ours.uplink, '--out', join(work, 'after.pcap'));
      // what the killed one has left goes when the same is signed again
      rmSync(out, { recursive: true, force: true });
      run(...signArgs(out));
      expect(stagings(directory)).toEqual([]);
      expect(statSync(out).isDirectory()).toBe(true);
    }
    expect(killed).toBeGreaterThan(0);
  });
});

const stagings = (directory: string) => readdirSync(directory).filter((name) => name.endsWith('.part'));
