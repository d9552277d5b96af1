/**
 * The main job on real content, with the three executables an operator, an engineer and a receiver use: keys, a
 * recording of the sample bundle, a channel that loses 30 % in bursts and adds forgeries, and the content back.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { outliveReaders } from '../codecs/node/broken-pipe.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { compareDirectories, type Program, ROOT, runProgram } from '../fixtures/job.js';

const CONTENT = join(ROOT, 'fixtures', 'bundle');

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs one of our executables, shows the command and what it printed, and stops the demo where it fails. */
function run(work: string, program: Program, ...args: string[]): void {
  const shown = args.map((arg) =>
    arg.startsWith(work) ? `$WORK/${relative(work, arg)}` : arg.replace(join(ROOT, '/'), ''),
  );
  say(`$ ${program} ${shown.join(' ')}`);
  const { status, stdout, stderr } = runProgram(program, args);
  const output = (status === 0 ? stdout : stdout + stderr).replaceAll(work, '$WORK').trimEnd();
  say(`${output.replace(/^/gm, '  ')}\n`);
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}.`);
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
      '5',
      '--forge',
      '0.05',
      '--corrupt',
      '0.01',
    ];
    run(work, 'datacast-bench', 'channel', at('sent.pcap'), at('received.pcap'), ...harm);
    say('4. The receiver knows the publisher by its public key alone, and rebuilds the directory.');
    const trust = ['--trust', at('keys/publisher.pub')];
    run(work, 'datacast-receive', at('received.pcap'), ...trust, '--out', at('content'));
    const files = compareDirectories(CONTENT, at('content'));
    say(`5. Compared byte for byte: all ${files} files are identical.`);
    say(
      '6. Readers without any program get a page: a receiver in one HTML file, here with what was received inside.',
    );
    const page = join(tmpdir(), 'datacast-demo.html');
    run(
      work,
      'datacast',
      'page',
      ...trust,
      '--content',
      at('received.pcap'),
      '--out',
      page,
      '--title',
      '소식',
    );
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    say(`The demonstration took ${seconds} s. Open ${page} in a browser, for example: firefox ${page}`);
    say('It needs no network. Choose "아무것도 남기지 않기" (keep nothing), then "읽기" (read).');
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

outliveReaders();
try {
  demo();
} catch (error) {
  process.stderr.write(`The demonstration failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
await settleBeforeExit();
