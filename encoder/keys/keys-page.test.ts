import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cliOf, ROOT } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';
import { warnOfExpiry } from './expiry.js';

const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const PAGE = read('docs', 'keys.md');
const MACHINES = ['publisher', 'uplink'];
/** A command of the page, and the lines that follow it. */
interface Step {
  readonly machine: string;
  readonly command: string;
  readonly output: readonly string[];
}

function stepsOf(page: string): Step[] {
  const steps: { machine: string; command: string; output: string[] }[] = [];
  for (const [, block] of page.matchAll(/^```transcript\n(.*?)^```$/gms)) {
    for (const line of block!.split('\n').slice(0, -1)) {
      const [, machine, command] = /^(\w+)\$ (.*)$/.exec(line) ?? [];
      if (machine !== undefined) steps.push({ machine, command: command!, output: [] });
      else steps.at(-1)!.output.push(line);
    }
  }
  return steps;
}

/** A line of a key as words, and one that is shown on a terminal only. */
const OF_WORDS = /^( +\d+ [a-z]+){4}$/;
const ASKED = /^Type the 24 words/;

/** Keys, words, sizes, sequence numbers, sessions and days are others each time; counts and generations are not. */
const masked = (line: string) =>
  line
    .replace(/^RW[\w+/]{54}$/, 'RW')
    .replace(OF_WORDS, 'words')
    .replace(/\d\d:\d\d UTC/, '#')
    .replace(/TSI \d+|[\d,]+ bytes/g, '#')
    .replace(/\d[\d,-]{3,}/g, '#');

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-keys-page-'));
  for (const name of [...MACHINES, 'stick', 'safe', 'bin']) mkdirSync(join(work, name));
  for (const machine of MACHINES) symlinkSync('../stick', join(work, machine, 'stick'));
  symlinkSync('../safe', join(work, 'publisher', 'safe'));
  const news = join(work, 'publisher', 'news');
  mkdirSync(join(news, 'pictures'), { recursive: true });
  writeFileSync(join(news, 'index.html'), '<h1>News</h1>\n');
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${i + from}\n`).join('');
  writeFileSync(join(news, 'pictures', 'a.jpg'), lines(1, 40_000));
  writeFileSync(join(news, 'pictures', 'b.jpg'), lines(5, 90_000));
  // a password would take seconds and 1 GiB each time
  const program = join(work, 'bin', 'datacast');
  const script = `#!/bin/sh\ncase "$1 $2" in "keygen --publisher"|"keygen --successor") set -- "$@" --no-password;; esac\nexec '${process.execPath}' '${cliOf('datacast')}' "$@"\n`;
  writeFileSync(program, script);
  chmodSync(program, 0o755);
});
afterEach(() => rmSync(work, { recursive: true }));

it.for([
  ['docs/keys.md', PAGE, 20],
  ['README.md', read('README.md'), 9],
] as const)('%s shows what the commands do', ([, page, least], context) => {
  if (page.includes('minisign -V') && !requireTool('minisign', context)) return;
  const steps = stepsOf(page);
  expect(steps.length).toBeGreaterThan(least);
  const env = { ...process.env, PATH: `${join(work, 'bin')}:${process.env.PATH}` };
  let words = '';
  for (const { machine, command, output } of steps) {
    const cwd = join(work, machine);
    // the words on the paper are typed
    const input = command.includes('--from-words') ? words : '';
    const ended = spawnSync('sh', ['-c', command], { cwd, env, input, encoding: 'utf8' });
    const { status, stdout, stderr } = ended;
    expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
    const lines = stdout.split('\n').slice(0, -1);
    if (command.includes('--words')) words = lines.filter((line) => OF_WORDS.test(line)).join('\n');
    const isCut = output.at(-1) === '...';
    const expected = (isCut ? output.slice(0, -1) : output).filter((line) => !ASKED.test(line));
    const found = isCut ? lines.slice(0, expected.length) : lines;
    expect([command, ...found].map(masked)).toEqual([command, ...expected].map(masked));
    if (isCut) expect(lines.length).toBeGreaterThan(expected.length);
  }
});

it('docs/keys.md quotes the warning before the end of a certificate', () => {
  const end = Date.UTC(2031, 11, 3) / 1000;
  expect(PAGE).toContain(`\n${warnOfExpiry(end, end - 89.5 * 86_400)}\n`);
});
