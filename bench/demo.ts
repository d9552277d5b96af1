/**
 * The main job on real content, with the three executables an operator, an engineer and a receiver use: keys, a
 * recording of the sample bundle, a channel that loses 30 % in bursts and adds forgeries, and the content back.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONTENT = join(ROOT, 'fixtures', 'bundle');
const PROGRAMS = { datacast: 'encoder', 'datacast-bench': 'bench', 'datacast-receive': 'receiver' } as const;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs one of our executables, shows the command and what it printed, and stops the demo where it fails. */
function run(work: string, program: keyof typeof PROGRAMS, ...args: string[]): void {
  const shown = args.map((arg) =>
    arg.startsWith(work) ? `$WORK/${relative(work, arg)}` : arg.replace(ROOT, ''),
  );
  say(`$ ${program} ${shown.join(' ')}`);
  const cli = join(ROOT, 'dist', PROGRAMS[program], 'cli.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  const output = (status === 0 ? stdout : stdout + stderr).replaceAll(work, '$WORK').trimEnd();
  say(`${output.replace(/^/gm, '  ')}\n`);
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}.`);
}

/** SHA-256 of every file of a directory by its path; empty directories count too. */
function digests(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(directory, name);
    const isFile = statSync(path).isFile();
    found.set(name, isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'directory');
  }
  return found;
}

/** Throws unless both directories hold the same files with the same bytes; the number of files. */
function compare(sent: string, received: string): number {
  const expected = digests(sent);
  const actual = digests(received);
  for (const [path, digest] of expected) {
    if (actual.get(path) !== digest) throw new Error(`${path} is missing or differs in what was received.`);
  }
  for (const path of actual.keys())
    if (!expected.has(path)) throw new Error(`${path} was received but never sent.`);
  return [...expected.values()].filter((digest) => digest !== 'directory').length;
}

function demo(): void {
  const begin = performance.now();
  const work = mkdtempSync(join(tmpdir(), 'datacast-demo-'));
  const at = (name: string) => join(work, name);
  try {
    say('1. The publisher makes keys: a minisign key pair, and an uplink key that it certifies.');
    run(work, 'datacast', 'keygen', '--out', at('keys'), '--no-password');
    say(
      '2. The operator encodes a directory: packed, compressed, signed, fountain-coded, authenticated datagrams.',
    );
    const protect = ['--expect-loss', '40', '--rate', '2M'];
    run(work, 'datacast', 'encode', CONTENT, '--keys', at('keys'), '--out', at('sent.pcap'), ...protect);
    say('3. The channel loses 30 % in bursts, damages some datagrams, and somebody transmits forgeries.');
    const harm = [
      '--loss',
      '0.3',
      '--model',
      'gilbert-elliott',
      '--seed',
      '1',
      '--forge',
      '0.05',
      '--corrupt',
      '0.01',
    ];
    run(work, 'datacast-bench', 'channel', at('sent.pcap'), at('received.pcap'), ...harm);
    say('4. The receiver knows the publisher by its public key alone, and rebuilds the directory.');
    const trust = ['--trust', at('keys/publisher.pub')];
    run(work, 'datacast-receive', at('received.pcap'), ...trust, '--out', at('content'));
    const files = compare(CONTENT, at('content'));
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    say(`5. Compared byte for byte: all ${files} files are identical. The demonstration took ${seconds} s.`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

try {
  demo();
} catch (error) {
  process.stderr.write(`The demonstration failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
