/**
 * The main job on real content, with the three executables an operator, an engineer and a receiver use: keys, a
 * recording of the sample bundle, a channel that loses 30 % in bursts and adds forgeries, and the content back. All of it is kept
 * in demo/.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { outliveReaders } from '../codecs/node/broken-pipe.js';
import { settleBeforeExit } from '../codecs/node/threads/end-thread.js';
import { compareDirectories, type Program, ROOT, runProgram } from '../fixtures/job.js';

const CONTENT = join(ROOT, 'fixtures', 'bundle');
const RESULT = join(ROOT, 'demo');
/** What opens a file as a double click does. */
const OPEN = { darwin: 'open', win32: 'start' }[process.platform as string] ?? 'xdg-open';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** As a shell takes it for one argument. */
const quoted = (text: string) => (text.includes(' ') ? `'${text}'` : text);

/** Runs one of our executables, shows the command and what it printed, and stops the demo where it fails. */
function run(program: Program, ...args: string[]): void {
  const shown = (text: string) => text.replaceAll(join(ROOT, '/'), '');
  say(`$ ${program} ${args.map(shown).map(quoted).join(' ')}`);
  const { status, stdout, stderr } = runProgram(program, args);
  const output = shown(status === 0 ? stdout : stdout + stderr).trimEnd();
  say(`${output.replace(/^/gm, '  ')}\n`);
  if (status !== 0) throw new Error(`${program} ended with exit code ${status}.`);
}

function demo(): void {
  const begin = performance.now();
  rmSync(RESULT, { recursive: true, force: true });
  mkdirSync(RESULT);
  const at = (name: string) => join(RESULT, name);
  say('1. The publisher makes keys: a minisign key pair, and an uplink key that it certifies.');
  run('datacast', 'keygen', '--out', at('keys'), '--no-password');
  say(
    '2. The operator encodes a directory: packed, compressed, signed, fountain-coded, authenticated datagrams.',
  );
  const protect = ['--expect-loss', '40', '--rate', '2M', '--name', '하늘에서 온 소식'];
  run('datacast', 'encode', CONTENT, '--keys', at('keys'), '--out', at('sent.pcap'), ...protect);
  say('3. The channel loses 30 % in bursts, damages some datagrams, and somebody transmits forgeries.');
  const loss = ['--loss', '30', '--model', 'gilbert-elliott', '--seed', '5'];
  const harm = ['--forge', '5', '--corrupt', '1'];
  run('datacast-bench', 'channel', at('sent.pcap'), at('received.pcap'), ...loss, ...harm);
  say('4. The receiver knows the publisher by its public key alone, and rebuilds the directory.');
  const trust = ['--trust', at('keys/publisher.pub')];
  run('datacast-receive', at('received.pcap'), ...trust, '--out', at('content'));
  const files = compareDirectories(CONTENT, at('content'));
  say(`5. Compared byte for byte: all ${files} files are identical.`);
  say(
    '6. Readers without any program get a page: a receiver in one HTML file, here with what was received inside.',
  );
  const carried = ['--content', at('received.pcap'), '--title', '하늘에서 온 소식'];
  run('datacast', 'page', ...trust, ...carried, '--out', at('news.html'));
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  say(`The demonstration took ${seconds} s. All that it made is in ${RESULT}, until the next one.`);
  say('The page needs no network. Choose "아무것도 남기지 않기" (keep nothing), then "읽기" (read).');
  say('Open the page:');
  say(`  ${OPEN} ${relative(process.cwd(), at('news.html'))}`);
}

outliveReaders();
try {
  demo();
} catch (error) {
  process.stderr.write(`The demonstration failed: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
await settleBeforeExit();
